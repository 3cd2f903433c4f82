// A magnifying glass over two pictures: what went in at its left, what came out at its right. The value is a JSON list
// of the two addresses.
const root = element.querySelector('.loupe');
const ZOOM = 4;
const show = () => {
    root.textContent = '';
    if (!props.value) return;
    const [before, after] = JSON.parse(props.value);
    const picture = root.appendChild(document.createElement('img'));
    picture.src = after;
    picture.alt = 'move over it to see it closer';
    const glasses = [before, after].map((address, place) => {
        const glass = root.appendChild(document.createElement('div'));
        glass.className = 'glass';
        glass.style.backgroundImage = `url("${address}")`;
        glass.title = place ? 'what came out' : 'what went in';
        return glass;
    });
    const look = (event) => {
        const box = picture.getBoundingClientRect();
        const across = (event.clientX - box.left) / box.width, down = (event.clientY - box.top) / box.height;
        for (const glass of glasses) {
            glass.style.backgroundSize = `${box.width * ZOOM}px ${box.height * ZOOM}px`;
            const width = glass.clientWidth, height = glass.clientHeight;
            const x = Math.min(Math.max(across * box.width * ZOOM - width / 2, 0), Math.max(box.width * ZOOM - width, 0));
            const y = Math.min(Math.max(down * box.height * ZOOM - height / 2, 0), Math.max(box.height * ZOOM - height, 0));
            glass.style.backgroundPosition = `${-x}px ${-y}px`;
        }
    };
    picture.addEventListener('pointermove', look);
    picture.addEventListener('pointerdown', look);
    picture.addEventListener('load', () => {
        const box = picture.getBoundingClientRect();
        look({clientX: box.left + box.width / 2, clientY: box.top + box.height / 2});
    });
};
watch('value', show);
show();
