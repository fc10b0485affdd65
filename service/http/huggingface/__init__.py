"""The call for pictures of Hugging Face's inference API: `POST /v1/text-to-image`."""
