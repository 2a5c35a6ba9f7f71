// Adding a recording: dropped or chosen, sent to this machine's own server, analysed, cancelled.

const box = document.getElementById("import");
const ASK_AGAIN = 700; // milliseconds between looks at how far an import is

if (box) {
  const address = box.dataset.imports, jobs = document.getElementById("jobs");
  const say = (text) => { document.getElementById("import-said").textContent = text; };

  const row = (name) => {
    const item = document.createElement("li");
    const label = document.createElement("bdi"), told = document.createElement("span");
    const bar = document.createElement("progress"), stop = document.createElement("button");
    label.textContent = name;
    told.className = "note";
    bar.setAttribute("aria-label", `How far: ${name}`);
    stop.type = "button";
    stop.textContent = "Cancel";
    stop.setAttribute("aria-label", `Cancel ${name}`);
    item.append(label, " ", bar, " ", told, " ", stop);
    jobs.append(item);
    return { item, told, bar, stop };
  };

  const post = (path) => fetch(path, { method: "POST", headers: { accept: "application/json" } });

  const watch = async (job, shown) => {
    shown.stop.onclick = () => post(`${address}/${job.id}/cancel`);
    for (let now = job; ; ) {
      if (now.share === null) shown.bar.removeAttribute("value");
      else shown.bar.value = now.share;
      shown.told.textContent = now.stage === "waiting" ? "waiting" : now.share >= 1 ? "putting it together …" : `heard ${now.heard}`;
      if (["done", "failed", "cancelled"].includes(now.stage)) return ended(now, shown);
      await new Promise((done) => setTimeout(done, ASK_AGAIN));
      const answer = await fetch(`${address}/${job.id}`, { headers: { accept: "application/json" } }).catch(() => null);
      if (!answer?.ok) return say("listenlive does not answer any more.");
      now = await answer.json();
    }
  };

  // The list as it is now, also where it was empty until now; hits of a search stay.
  const list = async () => {
    if (document.querySelector("details.manage[open]")) return; // somebody is typing there
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.getElementById("list")?.replaceWith(page.getElementById("list"));
  };

  const ended = (job, shown) => {
    shown.bar.remove();
    shown.stop.remove();
    if (job.stage === "done") {
      const link = document.createElement("a");
      link.href = box.dataset.session.replace("SESSION", encodeURIComponent(job.session));
      link.textContent = "Open it";
      shown.told.replaceChildren("done. ", link);
      say(`${job.name}: done.`);
      list();
    } else if (job.stage === "cancelled") {
      shown.item.remove();
      say(`${job.name}: cancelled; nothing of it was kept.`);
    } else {
      shown.told.textContent = job.told;
      shown.told.className = "error";
      say(`${job.name}: not possible.`);
    }
  };

  const send = (file) => {
    const shown = row(file.name), request = new XMLHttpRequest();
    let unwanted = false;
    request.open("POST", `${address}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      shown.bar.value = event.loaded / event.total;
      shown.told.textContent = unwanted ? "cancelling …" : "taking it in …";
    };
    // Not aborted: all of it may have arrived by now, and then it would be analysed all the same.
    shown.stop.onclick = () => { unwanted = true; shown.told.textContent = "cancelling …"; };
    request.onload = async () => {
      if (request.status === 200 && unwanted) await post(`${address}/${request.response.id}/cancel`).catch(() => null);
      if (request.status === 200) watch(request.response, shown);
      else ended({ stage: "failed", name: file.name, told: request.response?.error || "It could not be taken in." }, shown);
    };
    request.onerror = () => ended({ stage: "failed", name: file.name, told: "listenlive does not answer any more." }, shown);
    request.send(file);
  };

  document.getElementById("file").addEventListener("change", (event) => {
    [...event.target.files].forEach(send);
    event.target.value = "";
  });
  addEventListener("dragover", (event) => { event.preventDefault(); box.classList.add("over"); });
  addEventListener("dragleave", (event) => event.relatedTarget || box.classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("over");
    [...event.dataTransfer.files].forEach(send);
  });

  const others = await fetch(address, { headers: { accept: "application/json" } });
  if (others.ok) for (const job of await others.json()) watch(job, row(job.name));
}
