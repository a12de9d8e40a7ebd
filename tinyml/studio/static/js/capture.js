// Pictures from this computer's webcam or from a board's camera, one or a series, with a label.

import { post, say, store } from "./api.js";
import { button, dialog, fill, h, plural, toast } from "./dom.js";
import { upload } from "./data.js";

/** Open the webcam and return [its stream, a video element that plays it]; rejects with words for a person. */
export async function webcam() {
  if (!navigator.mediaDevices) throw new Error("The browser gives the camera to pages of this computer alone: open the studio here.");
  let stream;
  try { stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } }); } catch (error) {
    throw new Error(error.name === "NotAllowedError" ? "The browser was not allowed to use the camera." : `No camera can be used: ${error.message}`);
  }
  const video = h("video", { autoplay: true, muted: true, playsinline: true, "aria-label": "Webcam" });
  video.srcObject = stream;
  await video.play();
  return [stream, video];
}

/** Return what a video shows now as a JPEG blob. */
export function still(video, quality = 0.92) {
  const canvas = h("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

export function captureDialog() {
  const place = h("div", {});
  const label = h("input", { type: "text", list: "capture-classes", maxlength: 100, placeholder: "no class" });
  const series = h("input", { type: "number", min: 1, max: 200, value: 1 });
  const classify = store.state.task === "classify";
  let stream = null;
  let taken = 0;
  const said = h("small", { role: "status" });
  const box = dialog("Camera", { class: "wide" }, h("div", { class: "stack" }, place,
    h("div", { class: "row" }, classify && h("label", { class: "field" }, "Class", label, h("datalist", { id: "capture-classes" }, store.classes.map((name) => h("option", { value: name })))),
      h("label", { class: "field" }, "Pictures", series),
      button("Take", { class: "primary", onclick: take, style: { alignSelf: "end" } }, "camera"), button("From a board", { onclick: board, style: { alignSelf: "end" } })), said));
  box.addEventListener("close", () => stream?.getTracks().forEach((track) => track.stop()));
  webcam().then(([found, video]) => {
    stream = found;
    if (box.isConnected) fill(place, video); else stream.getTracks().forEach((track) => track.stop());
  }, (error) => fill(place, h("p", { class: "notice" }, error.message)));

  async function take() {
    const video = place.querySelector("video");
    if (!video) return toast("There is no webcam picture; a board's camera can be used.", { wrong: true });
    for (let turn = 0; turn < Number(series.value) && box.isConnected; turn++) {
      const blob = await still(video);
      await upload([[blob, `webcam-${Date.now()}.jpg`]], { label: label.value || null, quiet: true });
      said.textContent = `${plural(++taken, "picture")} taken.`;
      if (turn + 1 < Number(series.value)) await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  async function board() {
    said.textContent = "Waiting for the board…";
    try {
      const found = store.undoing(await post("capture", { count: Number(series.value), label: label.value || null }));
      said.textContent = `${plural(found.added.length, "picture")} taken by the board.`;
      await store.refresh();
    } catch (error) { said.textContent = ""; say(error); }
  }
}
