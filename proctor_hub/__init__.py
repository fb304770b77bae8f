"""proctor_hub: the layer between learning platforms and proctoring vendors.

This is the public door. A plugin imports from here, from :mod:`proctor_hub.protocols` and
:mod:`proctor_hub.testing`, and from nowhere else.
"""

from typing import TYPE_CHECKING

from proctor_hub.deprecation import (
    ContractDeprecationWarning,
    DeprecatedName,
    deprecated_names,
)
from proctor_hub.domain.reviews import Classification, Incident, normalise_incident_status
from proctor_hub.domain.words import (
    AttemptStatus,
    DecisionKind,
    ExamType,
    OnboardingStatus,
    ReviewOwner,
    ReviewStatus,
    Role,
)
from proctor_hub.errors import (
    ConfigurationError,
    DeliveryError,
    DeliveryRefused,
    PluginError,
    ProctorHubError,
    TransportError,
    VendorError,
    VendorProtocolError,
    VendorRejected,
    VendorUnauthorized,
    VendorUnavailable,
)
from proctor_hub.hookspecs import CAPABILITY_HOOKS, MANDATORY_HOOKS, hookimpl
from proctor_hub.texts import Speech, Texts
from proctor_hub.transports.contract import LmsEvent, TransportHost, TransportSettings
from proctor_hub.vendors.deciding import (
    DecisionOutcome,
    DecisionRequest,
    Permission,
    RetirementReceipt,
    ReviewFacts,
)
from proctor_hub.vendors.host import HttpClient, HttpReply, VendorHost, VendorSettings
from proctor_hub.vendors.http import raise_for_status
from proctor_hub.vendors.launching import (
    DownloadPlan,
    ExamCodePlan,
    ExamSynced,
    FormPostPlan,
    Health,
    HeartbeatPlan,
    LaunchPlan,
    NoticeAnswer,
    OnboardingPage,
    OnboardingProfile,
    OnboardingQuery,
    OnboardingRefused,
    OnLoss,
    RedirectPlan,
    Registered,
    Registration,
    RulesCatalog,
)
from proctor_hub.vendors.observers import ObservedEvent
from proctor_hub.vendors.receiving import (
    Accepted,
    AccountBy,
    Acknowledgement,
    Answer,
    AttemptRef,
    Authentication,
    CallbackEvent,
    CallbackOutcome,
    CallbackRequest,
    CallbackRoute,
    OnboardingChanged,
    RedirectToExam,
    Refused,
    ReviewReceived,
    SessionEnded,
    SessionEntered,
    SessionFault,
    SessionReady,
    Unrecognised,
)
from proctor_hub.vendors.rendering import (
    Dashboard,
    DashboardData,
    DashboardEmbed,
    DashboardLink,
    DashboardRequest,
    DashboardScope,
    Instructions,
)
from proctor_hub.vendors.subjects import (
    Attempt,
    Capability,
    Exam,
    Learner,
    PersonalData,
    RulesKind,
    VendorDescription,
    Viewer,
)

__version__ = "0.2.0"

__all__ = [
    "CAPABILITY_HOOKS",
    "MANDATORY_HOOKS",
    "Accepted",
    "AccountBy",
    "Acknowledgement",
    "Answer",
    "Attempt",
    "AttemptRef",
    "AttemptStatus",
    "Authentication",
    "CallbackEvent",
    "CallbackOutcome",
    "CallbackRequest",
    "CallbackRoute",
    "Capability",
    "Classification",
    "ConfigurationError",
    "ContractDeprecationWarning",
    "Dashboard",
    "DashboardData",
    "DashboardEmbed",
    "DashboardLink",
    "DashboardRequest",
    "DashboardScope",
    "DecisionKind",
    "DecisionOutcome",
    "DecisionRequest",
    "DeliveryError",
    "DeliveryRefused",
    "DownloadPlan",
    "Exam",
    "ExamCodePlan",
    "ExamSynced",
    "ExamType",
    "FormPostPlan",
    "Health",
    "HeartbeatPlan",
    "HttpClient",
    "HttpReply",
    "Incident",
    "Instructions",
    "LaunchPlan",
    "Learner",
    "LmsEvent",
    "NoticeAnswer",
    "ObservedEvent",
    "OnLoss",
    "OnboardingChanged",
    "OnboardingPage",
    "OnboardingProfile",
    "OnboardingQuery",
    "OnboardingRefused",
    "OnboardingStatus",
    "Permission",
    "PersonalData",
    "PluginError",
    "ProctorHubError",
    "RedirectPlan",
    "RedirectToExam",
    "Refused",
    "Registered",
    "Registration",
    "RetirementReceipt",
    "ReviewFacts",
    "ReviewOwner",
    "ReviewReceived",
    "ReviewStatus",
    "Role",
    "RulesCatalog",
    "RulesKind",
    "SessionEnded",
    "SessionEntered",
    "SessionFault",
    "SessionReady",
    "Speech",
    "Texts",
    "TransportError",
    "TransportHost",
    "TransportSettings",
    "Unrecognised",
    "VendorDescription",
    "VendorError",
    "VendorHost",
    "VendorProtocolError",
    "VendorRejected",
    "VendorSettings",
    "VendorUnauthorized",
    "VendorUnavailable",
    "Viewer",
    "__version__",
    "hookimpl",
    "normalise_incident_status",
    "raise_for_status",
]

DEPRECATED_NAMES: dict[str, DeprecatedName] = {}
"""What can still be imported from here and is no longer in ``__all__``."""

if not TYPE_CHECKING:  # type checkers shall go on refusing names that do not exist
    __getattr__ = deprecated_names(__name__, DEPRECATED_NAMES)
