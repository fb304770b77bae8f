"""What a person or driver orders the vendor's reviewers to send."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

ReviewStatus = Literal["Clean", "Rules Violation", "Suspicious", "Not Reviewed"]


class Comment(BaseModel):
    """One incident in the vendor's words; times in seconds from the start of the recording."""

    model_config = ConfigDict(extra="forbid")
    comments: Annotated[str, Field(max_length=10_000)]
    duration: int = 10
    eventStart: int = 0
    eventFinish: int | None = None
    eventStatus: str = "Suspicious"

    def wire(self) -> dict[str, object]:
        """The comment as the vendor writes it; without a finish it is start + duration."""
        finish = self.eventStart + self.duration if self.eventFinish is None else self.eventFinish
        return {**self.model_dump(), "eventFinish": finish}


class ReviewContent(BaseModel):
    """One review. `video`: with a video link; `copies`: how often it is sent, unchanged.

    `without_token` sends it to the callback URL without the hub's token, `wrong_locator` with
    a locator that belongs to no record: both as an impostor would.
    """

    model_config = ConfigDict(extra="forbid")
    review_status: ReviewStatus = "Clean"
    desktop_comments: list[Comment] = Field(default_factory=list, max_length=10_000)
    webcam_comments: list[Comment] = Field(default_factory=list, max_length=10_000)
    overall_comments: str = ""
    video: bool = True
    copies: Annotated[int, Field(ge=1, le=100)] = 1
    without_token: bool = False
    wrong_locator: bool = False
    content_type: Literal["application/json", "text/plain"] = "application/json"


class ReviewOrder(ReviewContent):
    """One review, or with `reviews` a series (the other content fields are then unused).

    `order` "reversed" sends the series last first, as a muddled queue would.
    """

    reviews: list[ReviewContent] = Field(default_factory=list, max_length=100)
    order: Literal["as_given", "reversed"] = "as_given"

    def series(self) -> list[ReviewContent]:
        """The reviews in the order of sending, each as often as its `copies` says."""
        given: list[ReviewContent] = list(self.reviews) or [self]
        if self.order == "reversed":
            given.reverse()
        return [content for content in given for _ in range(content.copies)]
