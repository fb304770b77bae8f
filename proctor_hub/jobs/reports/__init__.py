"""Reports made in the background: the job, the process that writes a file, the clean-up."""
