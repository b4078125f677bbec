// The frame on the photograph: dragged, pinched, turned by the wheel, or moved by keys.

const MIN_SIDE = 32; // pixels

/** Shows a photograph (a canvas) through a square, and calls `onMove` when a person moves it. */
export class View {
  constructor(canvas, slider, onMove) {
    Object.assign(this, { canvas, slider, onMove, source: null, x: 0, y: 0, side: 1 });
    this.fingers = new Map();
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.fingers.set(event.pointerId, this.#place(event));
    });
    canvas.addEventListener("pointermove", (event) => this.#dragged(event));
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, (event) => this.fingers.delete(event.pointerId));
    }
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.#enlarge(2 ** (-event.deltaY / 500), ...this.#place(event));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.#key(event));
    slider.addEventListener("input", () => this.#enlarge(2 ** slider.value * this.side / this.fit));
  }

  /** The side of the largest square on the photograph, pixels. */
  get fit() {
    return Math.min(this.source.width, this.source.height);
  }

  /** The square: {x, y, side} in pixels of the photograph. */
  get square() {
    return { x: this.x, y: this.y, side: this.side };
  }

  /** Show a photograph: its middle, or a square of it. */
  show(source, square) {
    this.source = source;
    const side = this.fit;
    const middle = { x: (source.width - side) / 2, y: (source.height - side) / 2, side };
    Object.assign(this, square ?? middle);
    this.#paint();
  }

  #paint() {
    this.side = Math.min(Math.max(this.side, this.fit / 8, MIN_SIDE), 4 * this.fit);
    // The middle of the frame stays on the photograph.
    const half = this.side / 2;
    this.x = Math.min(Math.max(this.x, -half), this.source.width - half);
    this.y = Math.min(Math.max(this.y, -half), this.source.height - half);
    this.slider.value = Math.log2(this.fit / this.side);
    const context = this.canvas.getContext("2d");
    const scale = this.canvas.width / this.side;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.imageSmoothingQuality = "high";
    context.setTransform(scale, 0, 0, scale, -this.x * scale, -this.y * scale);
    context.drawImage(this.source, 0, 0);
  }

  // Move by shares of the side.
  #shift(right, down) {
    if (!this.source) return;
    this.x += right * this.side;
    this.y += down * this.side;
    this.#paint();
    this.onMove();
  }

  // Enlarge about a place, in shares of the side.
  #enlarge(factor, across = 0.5, down = 0.5) {
    const side = this.side / factor;
    const moved = this.side - side;
    this.side = side;
    this.#shift((across * moved) / side, (down * moved) / side);
  }

  #place({ offsetX, offsetY }) {
    return [offsetX / this.canvas.clientWidth, offsetY / this.canvas.clientHeight];
  }

  #dragged(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = this.#place(event);
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.fingers.set(event.pointerId, now);
    if (other) {
      const span = ([x, y]) => Math.max(Math.hypot(x - other[0], y - other[1]), 0.01);
      this.#enlarge(span(now) / span(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    }
    const share = other ? 0.5 : 1; // two fingers move the picture by their mean
    this.#shift((before[0] - now[0]) * share, (before[1] - now[1]) * share);
  }

  #key(event) {
    const step = event.shiftKey ? 0.1 : 0.02;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step] };
    moves.ArrowDown = [0, step];
    const zooms = { "+": 1.05, "=": 1.05, "-": 1 / 1.05, "−": 1 / 1.05 };
    if (moves[event.key]) this.#shift(...moves[event.key]);
    else if (zooms[event.key]) this.#enlarge(zooms[event.key]);
    else return;
    event.preventDefault();
  }
}
