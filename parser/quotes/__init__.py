"""Quotations, signatures and closings: which lines are the writer's new text."""
