"""Pictures from ComfyUI."""
