"""The Jobs API: look at jobs, wait for them, list, retry, cancel."""
