/** Every command as people use it, on real jobs with a real journal; only the devices are not real. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { resolveWith } from '../../bot/installation.ts';
import type { Job } from '../../bot/jobs/job.ts';
import { COMMANDS, findCommand, parseLine } from '../../commands/index.ts';
import { say } from '../../config/messages.ts';
import { ALL_MODELS, anInstallation } from '../commands/an-installation.ts';
import { at, delivered, words } from './at-a-keyboard.ts';
import { ANNA, BRUNO, STUDIO } from './jobs/a-job.ts';
import { someJobs, until } from './jobs/some-jobs.ts';
import { failing } from './messages/recording-surface.ts';

describe('/imagine', () => {
  test('becomes a job in its place, and ends as a picture', async () => {
    const t = await someJobs();
    const job = await at(t).job('/imagine a red fox --seed 7 --aspect 3:2 --steps 2');
    expect(job).toMatchObject({
      by: ANNA,
      place: STUDIO,
      asked: {
        options: { prompt: 'a red fox', seed: 7, aspect: '3:2', steps: '2', model: 'nano' },
        request: { prompt: 'a red fox', seed: 7, steps: 2, width: 320, height: 208 },
      },
    });
    await delivered(t, job);
    expect(t.jobs.find(job.id)).toMatchObject({ state: 'delivered', pictures: [{}] });
  });

  test('keeps the wildcards for Remix and the words for the picture; Finalize keeps the words', async () => {
    const installation = anInstallation();
    const t = await someJobs({ resolve: resolveWith(installation) as never });
    const job = await at(t, { installation }).job(
      '/imagine a {red|blue|green} fox --seed 3 --model nano-turbo',
    );
    expect(job.asked.options.prompt).toBe('a {red|blue|green} fox');
    expect(job.asked.request.prompt).toMatch(/^a (red|blue|green) fox$/);
    expect(job.asked.finalModel).toBe('nano');
    await delivered(t, job);
    const final = await t.jobs.followUp('finalize', job.id, { by: BRUNO, place: STUDIO });
    expect(final.asked.request).toMatchObject({
      model: { name: 'nano' },
      prompt: job.asked.request.prompt,
      seed: 3,
      steps: 20,
    });
  });

  test('a remix knows its parent', async () => {
    const t = await someJobs();
    const first = await at(t).job('/imagine a fox');
    const second = await at(t, { remixOf: first.id }).job('/imagine a hen');
    expect(second.origin).toEqual({ kind: 'remix', job: first.id });
  });

  test('one’s own defaults apply where nothing else is said', async () => {
    const t = await someJobs();
    const anna = at(t);
    await anna.reply('/settings --style anime --aspect 2:1 --model nano-turbo');
    const job = await anna.job('/imagine a fox --seed 1');
    expect(job.asked.options).toEqual({
      prompt: 'a fox',
      seed: 1,
      style: 'anime',
      aspect: '2:1',
      model: 'nano-turbo',
    });
    expect(job.asked.request).toMatchObject({ steps: 4, width: 368, height: 176 });
    const other = await anna.job('/imagine a fox --style none --aspect 1:1 --model nano');
    expect(other.asked.request).toMatchObject({ prompt: 'a fox', width: 256, height: 256, steps: 20 });
    expect((await at(t, {}, BRUNO).job('/imagine a fox')).asked.request).toMatchObject({
      prompt: 'a fox',
      width: 256,
    });
  });

  test('a default whose model is not installed any more is passed over', async () => {
    const t = await someJobs();
    await at(t, { installation: anInstallation(ALL_MODELS) }).reply('/settings --model large');
    expect((await at(t).job('/imagine a fox')).asked.request.model.name).toBe('nano');
  });

  test('a picture’s address is fetched where the surface can, and refused where it cannot', async () => {
    const t = await someJobs();
    const asked: string[] = [];
    const fetchPicture = async (address: string) => {
      asked.push(address);
      return Uint8Array.of(1, 2, 3);
    };
    const job = await at(t, { fetchPicture }).job(
      '/imagine a fox --image https://cdn.example/a.png --strength 0.5',
    );
    expect(asked).toEqual(['https://cdn.example/a.png']);
    expect(job.asked.request.init).toMatchObject({ strength: 0.5 });
    expect(job.asked.options).not.toHaveProperty('image');
    await expect(at(t).type('/imagine a fox --image https://cdn.example/a.png')).rejects.toThrow(
      'image is "https://cdn.example/a.png"; allowed: a PNG, JPEG or WebP picture.',
    );
  });

  test('a refusal makes no job', async () => {
    const t = await someJobs();
    for (const line of [
      '/imagine',
      '/imagine a --seed x',
      '/imagine a --model xl',
      '/imagine a --style nope',
    ]) {
      await expect(at(t).type(line)).rejects.toMatchObject({ blame: 'input' });
    }
    expect(t.jobs.history.jobsOf(ANNA, 10)).toEqual([]);
  });
});

describe('/queue', () => {
  test('says whose turn it is when, without others’ prompts', async () => {
    const t = await someJobs();
    const bruno = at(t, {}, BRUNO);
    await bruno.job('/imagine a first fox');
    await bruno.job('/imagine a secret hen');
    const mine = await at(t).job('/imagine a @everyone dog');
    const reply = await at(t).reply('/queue');
    expect(reply.private).toBe(true);
    expect(words(reply)).toMatch(/1 being made, 2 waiting\./);
    expect(words(reply)).toMatch(
      /[12]\. yours: a @\u200beveryone dog \(nano\), starts in about \d+ (s|min), done in about/,
    );
    expect(words(reply)).not.toContain('secret');
    expect(reply.buttons).toEqual([
      { label: expect.stringMatching(/^Cancel no\. [12]$/), types: `/cancel ${mine.id}`, look: 'plain' },
    ]);
  });

  test('nothing to do', async () => {
    const t = await someJobs();
    expect(words(await at(t).reply('/queue'))).toContain('Nothing is being made, nobody is waiting.');
  });

  test('a long queue is cut, but not one’s own place', async () => {
    const t = await someJobs();
    for (let i = 0; i < 15; i++) await at(t, {}, { ...BRUNO, id: `b${i}` }).job('/imagine a fox');
    await at(t).job('/imagine mine');
    const reply = await at(t).reply('/queue');
    expect(words(reply)).toContain('yours: mine');
    expect(words(reply)).toMatch(/… and 4 more\./);
  });
});

describe('/cancel', () => {
  test('the only one without asking', async () => {
    const t = await someJobs();
    const job = await at(t).job('/imagine a red fox');
    expect((await at(t).reply('/cancel')).lines).toEqual(['Cancelled: a red fox']);
    expect(t.jobs.find(job.id).state).toBe('cancelled');
    expect((await at(t).reply('/cancel')).lines).toEqual(['You have nothing waiting or running.']);
  });

  test('of several it asks which; the buttons do what typing does', async () => {
    const t = await someJobs();
    const jobs = [
      await at(t).job('/imagine one'),
      await at(t).job('/imagine two'),
      await at(t).job('/imagine three'),
    ];
    const reply = await at(t).reply('/cancel');
    expect(reply.buttons?.map(({ label }) => label)).toEqual([
      'Cancel: three',
      'Cancel: two',
      'Cancel: one',
      'Cancel all',
    ]);
    await at(t).type(reply.buttons![1]!.types);
    expect(jobs.map(({ id }) => t.jobs.find(id).state)).toEqual(['running', 'cancelled', 'queued']);
    expect((await at(t).reply('/cancel all')).lines).toEqual(['Cancelled 2 requests.']);
    expect(t.jobs.find(jobs[0]!.id).state).toBe('cancelled');
  });

  test('not another’s, nor what is over, nor what never was', async () => {
    const t = await someJobs();
    const job = await at(t).job('/imagine a fox');
    await expect(at(t, {}, BRUNO).type(`/cancel ${job.id}`)).rejects.toThrow(
      'Only Anna or a moderator can cancel',
    );
    await delivered(t, job);
    await expect(at(t).type(`/cancel ${job.id}`)).rejects.toMatchObject({ code: 'job.over' });
    await expect(at(t).type('/cancel nonsense')).rejects.toMatchObject({ code: 'job.unknown' });
  });
});

describe('/styles', () => {
  test('lists them, explains one, finds by a part', async () => {
    const t = await someJobs();
    const list = words(await at(t).reply('/styles'));
    for (const { name } of anInstallation().styles) expect(list).toContain(name);
    expect(list.startsWith('Styles\n')).toBe(true);
    await expect(at(t).type('/styles " "')).rejects.toMatchObject({ data: { option: 'style' } });
    const one = await at(t).reply('/styles Line Art');
    expect(one.title).toBe('line art');
    expect(one.fields?.[0]).toEqual({
      name: 'Prompt',
      value: expect.stringContaining('line art of your words,'),
    });
    expect((await at(t).reply('/styles isomet')).title).toBe('isometric');
    expect(words(await at(t).reply('/styles baroque'))).toContain(
      'There is no style of that name; the styles are\nnone · 3D render',
    );
  });
});

describe('/settings', () => {
  test('shows, keeps, takes back', async () => {
    const t = await someJobs();
    expect(words(await at(t).reply('/settings'))).toContain('Style: not set (none)');
    const saved = await at(t).reply('/settings --style "LINE ART" --aspect " 3 : 2 " --language it');
    expect(words(saved)).toMatch(/Salvato.*\n[\s\S]*Stile: line art\nFormato: 3:2\n[\s\S]*Lingua: Italiano/);
    expect(words(await at(t).reply('/settings'))).toContain('Style: line art');
    expect(words(await at(t, {}, BRUNO).reply('/settings'))).toContain('Style: not set');
    await at(t).reply('/settings --count 2 --steps 6 --negative "ugly trees" --language default');
    const more = words(await at(t).reply('/settings --size 256x128'));
    expect(more).toContain('Size: 256x128');
    // One shape at a time: the size took the aspect's place.
    expect(more).toContain('Aspect: not set');
    const { request } = (await at(t).job('/imagine a fox --steps 4')).asked;
    expect(request).toMatchObject({
      count: 2,
      steps: 4,
      width: 256,
      height: 128,
      negative: expect.stringContaining('ugly trees'),
    });
    const back = await at(t).reply('/settings --style default --language Default');
    expect(words(back)).toMatch(/Style: not set[\s\S]*Size: 256x128[\s\S]*Language: not set/);
  });

  test.each([
    ['--model xl', 'models.unknown'],
    ['--style nope', 'option.value'],
    ['--aspect wide', 'option.value'],
    ['--aspect 9:1', 'option.value'],
    ['--language klingon', 'option.value'],
    ['--seed 1', 'option.unknown'],
    ['something', 'command.words'],
  ])('refuses %s and keeps nothing', async (options, code) => {
    const t = await someJobs();
    await expect(
      (async () => at(t).type(`/settings --style anime ${options.replace('--style', '')}`))(),
    ).rejects.toMatchObject({ blame: 'input' });
    await expect((async () => at(t).type(`/settings ${options}`))()).rejects.toMatchObject({ code });
    expect(t.journal.preferences.ofPerson(ANNA)).toEqual({});
  });
});

describe('/gallery', () => {
  test('one’s own pictures, newest first, page by page', async () => {
    const t = await someJobs();
    expect((await at(t).reply('/gallery')).lines[0]).toContain('no pictures yet');
    const jobs: Job[] = [];
    for (let i = 0; i < 6; i++) {
      jobs.push(await at(t).job(`/imagine fox ${i} @here --count ${i === 5 ? 2 : 1} --steps 1 --seed ${i}`));
    }
    await at(t, {}, BRUNO).job('/imagine not mine --steps 1');
    for (const job of jobs) await delivered(t, job);
    const first = await at(t).reply('/gallery');
    expect(first.private).toBe(true);
    expect(first.pictures?.map(({ job, index }) => [job, index])).toEqual([
      [jobs[5]!.id, 0],
      [jobs[5]!.id, 1],
      [jobs[4]!.id, 0],
      [jobs[3]!.id, 0],
      [jobs[2]!.id, 0],
    ]);
    expect(first.pictures?.[0]).toMatchObject({
      alt: 'fox 5 @\u200bhere',
      caption: 'fox 5 @\u200bhere · nano · seed 5 · 256x256 · 1 step',
    });
    await t.jobs.delete(jobs[1]!.id, ANNA);
    const second = await at(t).reply(first.buttons![0]!.types);
    expect(second.pictures?.map(({ job }) => job)).toEqual([jobs[0]!.id]);
    expect(second.buttons).toBeUndefined();
    await expect(at(t).type('/gallery " "')).rejects.toMatchObject({ data: { option: 'before' } });
  });

  test('a picture that its place refused stands there with the reason, and Try again brings it without rendering', async () => {
    const t = await someJobs();
    t.surface.before = (call) => {
      if (call === 'finish') throw failing({ kind: 'refused', reason: 'Missing Permissions' });
    };
    const job = await at(t).job('/imagine a fox --seed 3 --steps 1');
    await until(() => t.jobs.find(job.id).state === 'undelivered', t.clock);
    const shown = await at(t).reply('/gallery');
    expect(words(shown)).toContain('a fox: The picture is finished, but it could not be posted (Missing');
    expect(shown.buttons).toMatchObject([{ label: 'Try again: a fox', types: `/gallery --again ${job.id}` }]);
    await expect(at(t, {}, BRUNO).type(shown.buttons![0]!.types)).rejects.toMatchObject({
      code: 'job.not_yours',
    });

    t.surface.before = () => {};
    await at(t).job(shown.buttons![0]!.types);
    await delivered(t, job);
    expect(t.jobs.find(job.id)).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(t.renderer.begun.length).toBe(1);
    expect(t.surface.calls('finish', job.id)[0]!.card).toMatchObject({ state: 'finished', pictures: [{}] });
    expect((await at(t).reply('/gallery')).buttons).toBeUndefined();
    await expect(at(t).type(`/gallery --again ${job.id}`)).rejects.toMatchObject({
      code: 'job.not_undelivered',
    });
  });
});

describe('/about', () => {
  test('names Stability only where its weights are used', async () => {
    const t = await someJobs();
    const own = words(await at(t).reply('/about'));
    expect(own).toContain('Darkroom 0.1.0');
    expect(own).toContain('nano: Nano, the embedded model (finals)');
    expect(own).not.toContain('Stability');
    const theirs = words(
      await at(t, { installation: anInstallation(['turbo', 'large', 'nano']) }).reply('/about'),
    );
    expect(theirs).toContain('Powered by Stability AI');
    expect(theirs).toContain('https://stability.ai/license');
    expect(theirs).toContain('turbo: Stable Diffusion 3.5 Large Turbo (drafts, Stability AI)');
    expect(theirs).not.toContain('medium');
  });
});

describe('/forget-me', () => {
  test('asks first, then deletes files, messages, rows and settings; others’ stay', async () => {
    const t = await someJobs();
    await at(t).reply('/settings --style anime');
    const jobs = [await at(t).job('/imagine one --steps 1'), await at(t).job('/imagine two --steps 1')];
    const others = await at(t, {}, BRUNO).job('/imagine three --steps 1');
    for (const job of [...jobs, others]) await delivered(t, job);
    const files = jobs.map(({ id }) => t.store.path(t.jobs.find(id).pictures[0]!.file));
    const ask = await at(t).reply('/forget-me');
    expect(ask.private).toBe(true);
    expect(files.every((file) => existsSync(file))).toBe(true);

    await expect(at(t, {}, BRUNO).type(ask.buttons![0]!.types)).rejects.toMatchObject({
      code: 'option.value',
    });
    await expect(at(t).type('/forget-me --confirm perhaps')).rejects.toMatchObject({ code: 'option.value' });
    expect((await at(t).reply(ask.buttons![0]!.types)).lines).toEqual([
      'Done: 2 requests with all pictures, and your settings.',
      'Out of reach from here: what others have saved or quoted, and backups and logs of whoever runs this bot.',
    ]);
    await until(() => jobs.every(({ id }) => t.journal.records.find(id) === undefined), t.clock);
    expect(files.some((file) => existsSync(file))).toBe(false);
    expect(t.journal.preferences.ofPerson(ANNA)).toEqual({});
    expect(t.jobs.find(others.id).pictures.length).toBe(1);
    expect((await at(t).reply('/forget-me --confirm YES')).lines).toEqual([
      'Done: nothing was kept about you.',
    ]);
  });

  test('it names what it could not reach', async () => {
    const t = await someJobs();
    const job = await at(t).job('/imagine one --steps 1');
    await delivered(t, job);
    await delivered(t, await t.jobs.followUp('reroll', job.id, { by: BRUNO, place: STUDIO }));
    t.surface.before = (call) => {
      if (call === 'remove') throw failing({ kind: 'refused', reason: 'cant_delete_message' });
    };
    expect((await at(t).reply('/forget-me --confirm yes')).lines.slice(0, -1)).toEqual([
      'Done: 1 request with all pictures, and your settings.',
      say('en', 'forget.refused', { n: 1 }),
      say('en', 'forget.others', { n: 1 }),
    ]);
  });
});

describe('/help', () => {
  test('names every command, and every option of one', async () => {
    const t = await someJobs();
    const all = words(await at(t).reply('/help'));
    for (const { name } of COMMANDS) expect(all).toContain(`/${name}: `);
    const one = words(await at(t).reply('/help /Imagine'));
    for (const option of Object.keys(findCommand('imagine')!.options)) expect(one).toContain(option);
    await expect(at(t).type('/help dance')).rejects.toThrow('"dance" is not a command; allowed: /imagine,');
  });
});

test('every button of every reply is short enough for a button’s id and is a command', async () => {
  const t = await someJobs();
  const anna = { ...ANNA, id: '1234567890123456789' };
  const types = (line: string) => at(t, {}, anna).reply(line);
  for (let i = 0; i < 3; i++) await at(t, {}, anna).job(`/imagine ${'long '.repeat(300)} ${i}`);
  const replies = [await types('/queue'), await types('/cancel'), await types('/forget-me')];
  const buttons = replies.flatMap(({ buttons = [] }) => buttons);
  expect(buttons.length).toBeGreaterThan(5);
  for (const button of buttons) {
    expect(button.types.length).toBeLessThanOrEqual(90);
    expect([...button.label].length).toBeLessThanOrEqual(75);
    expect(() => parseLine(button.types)).not.toThrow();
  }
});
