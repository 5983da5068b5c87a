"""Webhook endpoints and what was sent to them; sending itself is `docurift.webhooks`."""
