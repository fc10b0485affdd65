"""Descriptions of the fields of this API, for the API document."""

from __future__ import annotations

REFUSED = "Refused unless it is empty: it would change the answer, and cannot be honoured."
OWN_SEED = "Any integer. The same seed, the same result; `n` results have seeds that follow."
TIER = "`flex` is the priority low, `priority` is high; any other one is normal."

_CALL = {
    "seed": OWN_SEED,
    "service_tier": TIER,
    "stream": "Whether the answer is sent as Server-Sent Events.",
}

_IMAGE = {
    **_CALL,
    "model": "Any name.",
    "n": "How many pictures, 1 to 10.",
    "size": "WIDTHxHEIGHT with sides of 64 to 2048 pixels, or `auto`.",
    "response_format": "Base64, or the address of a file of this service.",
    "output_format": "The format of the picture.",
    "background": "`transparent` is refused: pictures are opaque.",
}
_EDIT = {"mask": "Refused: pictures are changed as a whole."}

OPENAI_FIELDS: dict[str, dict[str, str]] = {
    "CreateChatCompletion": {
        **_CALL,
        "messages": "The conversation; the prompt is the last message of the user.",
        "model": "`image` and `instagram` make a picture as well; any other name is for texts.",
        "n": "How many answers, 1 to 8.",
        "stream_options": "Options of a streamed answer.",
        "max_tokens": "The same, under its older name.",
        "max_completion_tokens": "Tokens of an answer at most; more than 4096 counts as 4096.",
        "top_p": "For generators of the kind `openai`.",
        "presence_penalty": "For generators of the kind `openai`.",
        "frequency_penalty": "For generators of the kind `openai`.",
        "stop": "For generators of the kind `openai`.",
        "response_format": "For generators of the kind `openai`; others take `text` alone.",
        **dict.fromkeys(
            ("tools", "functions", "audio", "logprobs", "top_logprobs", "logit_bias"), REFUSED
        ),
        "web_search_options": "Refused.",
        "modalities": "Refused unless it is text alone.",
    },
    "CreateResponse": {
        **_CALL,
        "input": "A text, or messages; the prompt is the last message of the user.",
        "instructions": "The system message.",
        "model": "`image` and `instagram` make a picture as well; any other name is for texts.",
        "n": "1: a response has one output.",
        "background": "Whether it continues without its client.",
        "metadata": "Given back: at most 16 texts.",
        "max_output_tokens": "Tokens of the text at most; more than 4096 counts as 4096.",
        "top_p": "For generators of the kind `openai`.",
        "tools": "`image_generation` adds a picture; there is no other tool.",
        "tool_choice": "`none`: no tool is used; others have no effect.",
        "include": "Refused with log probabilities in it, otherwise ignored.",
        "top_logprobs": REFUSED,
        "text": "The form of the text: plain, unless the generator is of the kind `openai`.",
        "previous_response_id": REFUSED,
        "conversation": REFUSED,
        "prompt": REFUSED,
    },
    "ResponseTool": {
        "type": "`image_generation`.",
        "size": "WIDTHxHEIGHT, or `auto`.",
        "output_format": "PNG unless it is another.",
        "background": "Refused if it is transparent.",
        "input_image_mask": REFUSED,
    },
    "GetResponse": {
        "stream": "Whether to send its events.",
        "starting_after": "The `sequence_number` of the last event that the client has.",
    },
    "ResponseObject": {
        "id": "`resp_` and the id of the request.",
        "created_at": "When it was accepted, in seconds since 1970.",
        "status": "The state: the last four are final.",
        "model": "The model that wrote it, or the wanted one before.",
        "output": "The text as a message, the picture in base64; empty before the end.",
        "metadata": "What the client sent.",
        "instructions": "What the client sent.",
        "background": "What the client sent.",
        "error": "Why it failed; null otherwise.",
        "incomplete_details": "Why the text is not whole; null otherwise.",
        "usage": "The tokens; null if the generator does not count them.",
        "max_output_tokens": "What the client sent.",
        "temperature": "What the client sent.",
        "top_p": "What the client sent.",
        "tools": "What the client sent.",
        "text": "The form of the text.",
        **dict.fromkeys(
            (
                "tool_choice",
                "parallel_tool_calls",
                "previous_response_id",
                "truncation",
                "object",
            ),
            "Always the same.",
        ),
    },
    "CreateImage": {**_IMAGE, "prompt": "What to draw."},
    "EditImage": {**_IMAGE, **_EDIT, "prompt": "What to make of it."},
    "VaryImage": {**_IMAGE, "prompt": "What to make of it; a variation without it."},
    "InputMessage": {
        "role": "system, developer, user or assistant.",
        "content": "A text, or parts of the type text.",
    },
    "MessagePart": {"type": "Only `text` is understood.", "text": "The text of the part."},
    "StreamOptions": {"include_usage": "Whether a last chunk has the tokens."},
    "ChatCompletion": {
        "id": "`chatcmpl-` and the id of the request; the first one's if there are several.",
        "created": "When it was accepted, in seconds since 1970.",
        "model": "The model that wrote it.",
        "choices": "The answers, in the order of their seeds.",
        "usage": "The tokens of all answers; null if the generator does not count them.",
        "object": "Always the same.",
    },
    "ChatChoice": {
        "index": "Which of the answers it is, from 0.",
        "message": "The answer.",
        "finish_reason": "`length` if it was cut off at the largest number of tokens.",
        "logprobs": "Always null.",
    },
    "ChatMessage": {
        "content": "The text, and the picture as Markdown if there is one.",
        "role": "Always the same.",
        "refusal": "Always null.",
    },
    "Usage": {
        "prompt_tokens": "Tokens of the prompt; null if the generator does not count them.",
        "completion_tokens": "Tokens of the answers; null if the generator does not count them.",
        "total_tokens": "Both together; null if one is not known.",
        "prompt_tokens_details": "Not there if the generator does not say.",
        "completion_tokens_details": "Not there if the generator does not say.",
    },
    "PromptTokens": {"cached_tokens": "Tokens that the server of the model had cached."},
    "CompletionTokens": {"reasoning_tokens": "Tokens of thoughts, which are not shown."},
    "ImageList": {
        "created": "When it was accepted, in seconds since 1970.",
        "data": "The pictures, in the order of their seeds.",
    },
    "Image": {
        "b64_json": "The file in base64.",
        "url": "The whole address of the file.",
    },
    "Model": {
        "id": "The name.",
        "created": "Always the same number.",
        "owned_by": "Always the same.",
        "object": "Always the same.",
    },
    "ModelList": {"data": "The names.", "object": "Always the same."},
}
