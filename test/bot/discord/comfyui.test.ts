/** `npm start` with no device but a ComfyUI that runs already: from a command in Discord to the picture, also when it is killed. */
import { expect, test } from 'vitest';
import { aComfyUi } from '../../standins/comfyui/a-comfyui.ts';
import { LONG, startProgram } from '../a-program.ts';
import { aFolder } from '../jobs/some-jobs.ts';
import { aStandin, isFinal, untilAnswered, wordsOf } from './a-discord.ts';

test('a picture drawn by a ComfyUI is finished once, though Darkroom is killed in mid-work', async () => {
  const standin = await aStandin();
  const comfyUi = await aComfyUi();
  const { world } = standin;
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  comfyUi.beforeStep = (_, step) => (step === 3 ? gate : undefined);
  const env = {
    DATA_DIR: aFolder(),
    DEVICES: `comfyui:${comfyUi.address}`,
    STABILITY_LICENSE_ACCEPTED: 'yes',
    DISCORD_TOKEN: standin.token,
    DISCORD_API_URL: standin.apiUrl,
  };
  const first = startProgram(env);
  await world.until(() => world.commands.length > 0, LONG);
  const anna = standin.person('Anna');
  const asked = await untilAnswered(standin, () =>
    anna.slash('imagine', { prompt: 'a fox', model: 'turbo', seed: 5 }),
  );
  await standin.answerTo(asked, (one) => one.attachments.length > 0, LONG);
  await first.end('SIGKILL');
  const sessions = standin.gateway.sessions.length;
  startProgram(env);
  await world.until(() => standin.gateway.sessions.length > sessions, LONG);
  open();
  const message = await world.until(() => world.messages.find(isFinal), LONG);
  expect(wordsOf(message)).toContain('seed 5');
  expect(world.messages.filter(isFinal)).toHaveLength(1);
  // The picture that was begun before is the one that was brought.
  expect(comfyUi.begun).toHaveLength(1);
  const about = await standin.answerTo(
    await untilAnswered(standin, () => anna.slash('about', {})),
    (one) => wordsOf(one).includes('comfyui:1'),
    LONG,
  );
  expect(wordsOf(about)).toContain('turbo.safetensors');
  expect(wordsOf(about)).not.toContain(comfyUi.address);
}, 900_000);
