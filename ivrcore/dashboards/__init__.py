"""The dashboards for Grafana, made from code: what they show is here, once, and the JSON is written from it.

`python -m ivrcore.dashboards monitoring/dashboards docs/dashboards.md` writes the JSON files and their page
of the documentation. Needs grafana-foundation-sdk, for development only: no server imports this.
Must not know of calls, figures or how metrics are counted: it knows their names.
"""
