"""Convolution one window at a time: every product, the output filling in, pooling, and what kernels do as a whole."""

from courseai_lab.contract import Panel

PANEL = Panel(
    id="convolution",
    title="Convolution",
    summary="Slide a kernel over an image, see every product of the window, and watch the output fill in.",
    lessons=("1.8.1", "1.8.2", "1.8.3a", "1.8.3b"),
    series="fundamentals",
    keywords=(
        "kernel",
        "filter",
        "feature map",
        "cross-correlation",
        "stride",
        "padding",
        "dilation",
        "transposed",
        "groups",
        "depthwise",
        "output size",
        "Sobel",
        "blur",
        "edge",
        "max pooling",
        "average pooling",
        "receptive field",
        "separable",
        "Fourier",
    ),
    timeline="steps",
    ahead=False,
    fps=12.0,
    answers=True,
    takes=("image",),
)
