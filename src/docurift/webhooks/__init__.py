"""Sends events to webhook endpoints: signs, delivers, tries again."""
