// A canvas of whole numbers. `props` has palette, width, height and thickness; the value is described in painter.py.
const NONE = 255, UNDOS = 30;
const root = element.querySelector('.painter');
const make = (tag, attributes = {}, parent = root) => {
    const node = document.createElement(tag);
    for (const [key, text] of Object.entries(attributes)) node.setAttribute(key, text);
    return parent.appendChild(node);
};
const button = (name, title, parent, action) => {
    const node = make('button', {type: 'button', title, 'aria-label': title, 'data-tool': name}, parent);
    node.textContent = name;
    node.addEventListener('click', action);
    return node;
};

let width = props.width, height = props.height, pixels = new Uint8Array(width * height).fill(NONE);
let chosen = props.palette[0].number, tool = 'brush', thickness = props.thickness, undos = [], last = null, sent = '';
const colours = {};
for (const {number, colour} of props.palette)
    colours[number] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

const swatches = make('div', {class: 'swatches', role: 'radiogroup', 'aria-label': 'what to paint'});
const tools = make('div', {class: 'tools'});
const board = make('div', {class: 'board'});
const under = make('img', {class: 'under', alt: '', hidden: ''}, board);
const canvas = make('canvas', {'aria-label': 'canvas', tabindex: '0'}, board);

const choose = (number) => {
    chosen = number;
    for (const node of swatches.children) node.setAttribute('aria-checked', String(Number(node.dataset.number) === number));
};
const swatch = (number, name, colour) => {
    const node = make('button', {type: 'button', role: 'radio', 'data-number': number, title: name}, swatches);
    make('i', {style: colour ? `background:${colour}` : '', class: colour ? '' : 'none'}, node);
    make('span', {}, node).textContent = name;
    node.addEventListener('click', () => choose(number));
};
for (const {number, name, colour} of props.palette) swatch(number, name, colour);
swatch(NONE, 'eraser', '');

const brush = button('brush', 'paint', tools, () => pick('brush'));
const bucket = button('bucket', 'fill an area', tools, () => pick('bucket'));
const pick = (name) => {
    tool = name;
    for (const node of [brush, bucket]) node.setAttribute('aria-pressed', String(node.dataset.tool === name));
};
const size = make('input', {type: 'range', min: 1, max: 60, value: thickness, 'aria-label': 'size of the brush'}, tools);
size.addEventListener('input', () => (thickness = Number(size.value)));
button('undo', 'take back', tools, () => {
    if (!undos.length) return;
    pixels = undos.pop();
    show();
    send();
});
button('clear', 'empty the canvas', tools, () => {
    remember();
    pixels.fill(NONE);
    show();
    send();
});

const remember = () => {
    undos.push(pixels.slice());
    if (undos.length > UNDOS) undos.shift();
};
const show = () => {
    const picture = new ImageData(width, height), seen = under.hidden ? 255 : 190;
    for (let at = 0; at < pixels.length; at++) {
        const colour = colours[pixels[at]];
        if (colour) picture.data.set([colour[0], colour[1], colour[2], seen], 4 * at);
    }
    canvas.getContext('2d').putImageData(picture, 0, 0);
};
const resize = () => {
    canvas.width = width;
    canvas.height = height;
    size.max = Math.max(8, Math.round(Math.min(width, height) / 2));
    canvas.classList.toggle('coarse', Math.max(width, height) <= 512);
    show();
};
const send = () => {
    const runs = [];
    let empty = true;
    for (let at = 0; at < pixels.length; ) {
        let end = at + 1;
        while (end < pixels.length && pixels[end] === pixels[at]) end++;
        runs.push(pixels[at], end - at);
        empty &&= pixels[at] === NONE;
        at = end;
    }
    sent = empty ? '' : JSON.stringify({width, height, runs});
    props.value = sent;
};

const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [
        Math.floor(((event.clientX - box.left) / box.width) * width),
        Math.floor(((event.clientY - box.top) / box.height) * height),
    ];
};
const dab = (x, y) => {
    const radius = thickness / 2, reach = Math.ceil(radius);
    for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++)
        for (let column = Math.max(0, x - reach); column <= Math.min(width - 1, x + reach); column++)
            if ((row - y) ** 2 + (column - x) ** 2 < radius * radius + 0.01) pixels[row * width + column] = chosen;
};
const stroke = (from, to) => {
    const steps = Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]), 1);
    for (let step = 0; step <= steps; step++)
        dab(
            Math.round(from[0] + ((to[0] - from[0]) * step) / steps),
            Math.round(from[1] + ((to[1] - from[1]) * step) / steps),
        );
};
const pour = ([x, y]) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const before = pixels[y * width + x], waiting = [y * width + x];
    if (before === chosen) return;
    while (waiting.length) {
        const at = waiting.pop();
        if (pixels[at] !== before) continue;
        pixels[at] = chosen;
        const column = at % width;
        if (column > 0) waiting.push(at - 1);
        if (column < width - 1) waiting.push(at + 1);
        if (at >= width) waiting.push(at - width);
        if (at + width < pixels.length) waiting.push(at + width);
    }
};
canvas.addEventListener('pointerdown', (event) => {
    if (event.button) return;
    event.preventDefault();
    remember();
    const at = place(event);
    if (tool === 'bucket') {
        pour(at);
        show();
        send();
        return;
    }
    canvas.setPointerCapture(event.pointerId);
    last = at;
    stroke(at, at);
    show();
});
canvas.addEventListener('pointermove', (event) => {
    if (!last) return;
    const at = place(event);
    stroke(last, at);
    last = at;
    show();
});
const lift = () => {
    if (!last) return;
    last = null;
    send();
};
canvas.addEventListener('pointerup', lift);
canvas.addEventListener('pointercancel', lift);

// What the server hands over: a map to begin with, or a picture to paint on.
watch('value', () => {
    if (props.value === sent) return;
    let told = {width: props.width, height: props.height, runs: []};
    if (props.value) told = {...told, ...JSON.parse(props.value)};
    sent = props.value;
    [width, height, undos] = [told.width, told.height, []];
    pixels = new Uint8Array(width * height).fill(NONE);
    let at = 0;
    for (let run = 0; run < told.runs.length; run += 2) {
        pixels.fill(told.runs[run], at, at + told.runs[run + 1]);
        at += told.runs[run + 1];
    }
    under.hidden = !told.background;
    if (told.background) under.src = told.background;
    thickness = Math.max(1, Math.round((props.thickness * Math.max(width, height)) / Math.max(props.width, props.height)));
    resize();
    size.value = thickness;
});
choose(chosen);
pick(tool);
resize();
