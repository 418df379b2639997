"""Addresses of the monitor. They are permanent: what is named here is quoted elsewhere."""

from django.urls import path

from openscrutiny.monitor.views import data, noting, reading, what_if

urlpatterns = [
    path("findings/", reading.findings, name="findings"),
    path("findings.json", reading.findings_json, name="findings-json"),
    path("findings.csv", reading.findings_csv, name="findings-csv"),
    path("findings/what-if/", what_if.what_if, name="what-if"),
    path("findings/what-if.json", what_if.what_if_json, name="what-if-json"),
    path("findings/what-if.csv", what_if.what_if_csv, name="what-if-csv"),
    path("findings/<str:id>.json", reading.finding_json, name="finding-json"),
    path("findings/<str:id>/", reading.finding, name="finding"),
    path("areas/", reading.areas, name="areas"),
    path("areas/<slug:slug>/", reading.area, name="area"),
    path("strands/", reading.strands, name="strands"),
    path("strands/<slug:code>/", reading.strand, name="strand"),
    path("measures/", reading.measures, name="measures"),
    path("measures/<slug:id>.json", reading.measure_json, name="measure-json"),
    path("measures/<slug:id>/", reading.measure, name="measure"),
    path("data/", data.data, name="data"),
    path("data/import/", data.import_file, name="import"),
    path("data/trace/", data.trace, name="trace"),
    path("data/series.csv", data.series, name="series"),
    path("data/series.json", data.series_as_json, name="series-json"),
    path("data/annotations/", noting.annotations, name="annotations"),
    path("data/annotations.json", noting.annotations_json, name="annotations-json"),
    path("data/annotations.csv", noting.annotations_csv, name="annotations-csv"),
    path("data/annotations/new/", noting.annotate, name="annotation-new"),
    path(
        "data/annotations/<slug:number>/withdraw/",
        noting.withdraw_annotation,
        name="annotation-withdraw",
    ),
    path("data/rebases/", noting.rebases, name="rebases"),
    path("data/rebases/new/", noting.rebase, name="rebase-new"),
    path("data/rebases/<slug:number>/withdraw/", noting.withdraw_rebase, name="rebase-withdraw"),
    path("data/batches/<slug:batch>/", data.batch, name="batch"),
    path("data/batches/<slug:batch>/file", data.published_file, name="published-file"),
    path("data/batches/<slug:batch>/facts.csv", data.facts, name="facts"),
    path("data/batches/<slug:batch>/rejected.csv", data.rejected_rows, name="rejected-rows"),
    path("data/batches/<slug:batch>/withdraw/", data.withdraw, name="withdraw"),
]
