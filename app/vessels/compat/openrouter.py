"""AnimaWeave's `openrouter` vessel: prompts for language models, and a model that only counts them."""
# ruff: noqa: ARG001, N802 - names that graphs know, and signals that only say when.

from __future__ import annotations

from typing import Annotated

from ...authoring import Signal, Vessel
from .basic import Prompt, PromptValue, String, new_id

openrouter = Vessel("openrouter", title="Weave OpenRouter", icon="clock-counter-clockwise", colour="#a3b8a0")

Prompts = Annotated[list[PromptValue], openrouter.label("Prompts", accepts_base=True, colour="#e5bf7f", doc="Prompts.")]


@openrouter.converter
def prompts_to_prompt(prompts: Prompts) -> Prompt:
    """One prompt of all."""
    if not prompts:
        raise ValueError("there is no prompt in the list; a prompt is made of at least one")
    names, contents = zip(*((prompt.name, prompt.content) for prompt in prompts), strict=True)
    return PromptValue(new_id(), " + ".join(names), "\n".join(contents))


@openrouter.node(name="prompts", pure=False)
def EnhancePrompt(prompt: Prompt, trigger: Signal) -> Prompts:
    """Add a prompt that asks for more.

    Args:
        prompt: The prompt.
        trigger: When it runs.
    """
    better = PromptValue(new_id(), f"Enhanced: {prompt.name}", f"System Enhancement: {prompt.content}")
    return [prompt, better]


@openrouter.node(name="response")
def MockOpenRouterCall(prompts: Prompts, trigger: Signal) -> String:
    """Answer without a model.

    Args:
        prompts: The prompts.
        trigger: When it runs.
    """
    return f"Mock OpenRouter Response: Processed {len(prompts)} prompts"
