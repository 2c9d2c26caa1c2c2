/** A worker that says what no worker says, as the request's prompt asks; other requests are answered well. */
const timings = { load_ms: 0, encode_ms: 0, sample_ms: 0, step_ms: [], decode_ms: 0, total_ms: 0 };

process.on('message', ({ type, request }) => {
  if (type !== 'render') return;
  const { id, prompt } = request;
  switch (prompt) {
    case 'not a number':
      process.send({ type: 'progress', id, event: { type: 'step', index: 1, total: 2, sigma: NaN, ms: 1 } });
      break;
    case 'no report':
      process.send({ type: 'surprise', id });
      break;
    case 'not even an object':
      process.send(7);
      break;
    default:
      process.send({ type: 'done', id, result: { pictures: [new Uint8Array(3)], timings } });
  }
});
