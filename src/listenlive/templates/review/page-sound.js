// The microphone of this page, as 16-bit samples to this machine's own server.

const RATE = 16000; // samples per second; where a browser cannot do so, its own rate
const AGAIN = 500; // milliseconds before a lost connection is made again
const TAKEN = 4409, UNFIT = 4400;
const AS_IT_IS = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };

export class PageSound {
  constructor({ address, worklet, say }) {
    Object.assign(this, { address, worklet, say, on: false, context: null, stream: null, socket: null });
  }

  // Ask for the microphone and give its sound; rejects with words for people.
  async start() {
    if (this.on) return;
    this.say("");
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: AS_IT_IS });
    } catch (error) {
      const why = { NotAllowedError: "the browser does not allow it; look at the sign beside the address", NotFoundError: "there is none" };
      throw new Error(`This page cannot use the microphone: ${why[error.name] || error.message}.`);
    }
    try {
      await this.hear();
      this.on = true;
      await this.connect();
    } catch (error) {
      this.stop();
      throw error;
    }
    this.stream.getAudioTracks()[0].onended = () => { this.say("The microphone of this page was taken away."); this.stop(); };
  }

  async hear() {
    let source;
    try {
      this.context = new AudioContext({ sampleRate: RATE });
      source = this.context.createMediaStreamSource(this.stream);
    } catch { // not every browser changes the rate
      this.context = new AudioContext();
      source = this.context.createMediaStreamSource(this.stream);
    }
    await this.context.audioWorklet.addModule(this.worklet);
    const worklet = new AudioWorkletNode(this.context, "samples", { numberOfOutputs: 0 });
    worklet.port.onmessage = ({ data }) => {
      if (!this.muted && this.socket?.readyState === WebSocket.OPEN) this.socket.send(data);
    };
    source.connect(worklet);
    await this.context.resume();
  }

  // Fulfilled once the server takes the sound of this page.
  connect() {
    return new Promise((taken, refused) => {
      const socket = (this.socket = new WebSocket(`${this.address}?rate=${this.context.sampleRate}`));
      socket.onmessage = taken;
      socket.onclose = ({ code, reason }) => {
        refused(new Error(reason || "listenlive does not take the sound of this page."));
        if (!this.on) return;
        if (code === TAKEN || code === UNFIT) {
          this.say(reason);
          this.stop();
        } else setTimeout(() => this.on && this.connect().catch(() => {}), AGAIN);
      };
    });
  }

  // In a pause the microphone gives nothing.
  mute(muted) {
    this.muted = muted;
    this.stream?.getAudioTracks().forEach((track) => { track.enabled = !muted; });
  }

  stop() {
    this.on = false;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.context?.close();
    this.socket?.close();
    this.stream = this.context = this.socket = null;
  }
}
