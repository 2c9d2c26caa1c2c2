/** A process of its own that asks `/healthz` again and again: how long the longest answer took since it was last told. */
const [, , address = ''] = process.argv;
const health = new URL('/healthz', address);
const GAP = 10;

let worst = 0;
/** When the answer that is awaited was asked for. */
let begun = Number.POSITIVE_INFINITY;

async function look(): Promise<void> {
  begun = performance.now();
  await fetch(health).then(
    (answer) => answer.arrayBuffer(),
    () => {},
  );
  worst = Math.max(worst, performance.now() - begun);
  begun = Number.POSITIVE_INFINITY;
  setTimeout(look, GAP);
}

/** Asked with anything; an answer that is still awaited counts as far as it has lasted. */
process.on('message', () => {
  process.send?.(Math.max(worst, performance.now() - begun));
  worst = 0;
});
process.on('disconnect', () => process.exit());
void look();
