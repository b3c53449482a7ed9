"""Pictures of numbers over time, as SVG text; the report, messages and pages draw with the same hand."""
