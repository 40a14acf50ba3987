// "Play again" for the picture on the first page. Who prefers less motion sees it move only after pressing the button.
document.querySelectorAll(".moving").forEach((box) => {
  const svg = box.querySelector("svg"), button = box.querySelector("button");
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) button.textContent = "Play";
  button.addEventListener("click", () => {
    box.classList.add("asked");
    button.textContent = "Play again";
    svg.setCurrentTime(0);
  });
});
