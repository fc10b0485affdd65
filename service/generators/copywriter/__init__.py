"""Makes a small model write usable posts: a plain task, a check of every sentence, tags in code."""

from service.generators.copywriter.brief import Brief, brief
from service.generators.copywriter.drafting.draft import Draft
from service.generators.copywriter.drafting.plain import PlainDraft

__all__ = ["Brief", "Draft", "PlainDraft", "brief"]
