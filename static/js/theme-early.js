// A classic script in the head, so that a dark page never flashes white.
document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "auto";
