// The chat: an answer as it settles, its alternatives, its replay, asking again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kScripted, set_up_bench } from './support.mjs';

const bench = set_up_bench();
const kPrompt = 'Tell me a story about Sam, the doll and the hill.';

test('an answer ends as the text of its canvas, with its numbers, told once', async () => {
  await bench.open();
  await bench.chat(kPrompt);
  const text = (await bench.canvas().textContent())?.trim() ?? '';
  assert.ok(text.length > 0);
  assert.match(await bench.summary(), /^\d+ steps · [\d.]+ s · \d+ tokens? · seed \d+$/);
  assert.equal(await bench.page.locator('#announcer').textContent(), text);
  assert.equal(await bench.page.locator('.turn .user').textContent(), kPrompt);
  assert.equal(await bench.page.inputValue('#message'), '');
});

test('the text on the page is the text of the stream', kScripted, async () => {
  await bench.open();
  await bench.chat(kPrompt);
  const stories = [
    /^Sam had a red doll\. .* whole again\.$/,
    /^There was a hill, .* at the sea\.$/,
  ];
  const text = (await bench.canvas().textContent())?.trim() ?? '';
  assert.match(text, stories[bench.asked.body.seed % 2]);
  assert.equal(await bench.page.locator('.answer.differs').count(), 0);
});

test(
  'the canvas is seen while it settles, and uncertain slots look uncertain',
  kScripted,
  async () => {
    await bench.open();
    await bench.send('slow');
    await bench.page.locator('.slot.open').first().waitFor();
    const sure = await bench.page
      .locator('.slot')
      .evaluateAll((slots) =>
        slots.map((slot) =>
          Number(/** @type {HTMLElement} */ (slot).style.getPropertyValue('--p')),
        ),
      );
    assert.ok(sure.some((p) => p < 0.4));
    assert.equal(await bench.page.locator('#announcer').textContent(), '');
    await bench.ended('#chat');
    assert.equal(await bench.page.locator('.slot.open').count(), 0);
  },
);

test('hovering shows alternatives, probabilities, entropy and the step', async () => {
  await bench.open();
  await bench.chat(kPrompt);
  const slot = bench.page.locator('.slot:not(.unused)').first();
  await slot.hover();
  const popover = bench.page.locator('#popover');
  await popover.waitFor();
  assert.equal(await popover.locator('.bars li').count(), 6);
  assert.match((await popover.locator('.number').first().textContent()) ?? '', /^[\d.]+ %$/);
  assert.match((await popover.textContent()) ?? '', /entropy \d+\.\d\d nats.*step \d+/);
  await bench.page.mouse.move(5, 5);
  await popover.waitFor({ state: 'hidden' });
});

test('committed slots are plain text; without commitment there are none', kScripted, async () => {
  await bench.open();
  await bench.chat(kPrompt);
  const slot = bench.page.locator('.slot.committed').first();
  // Colours take a moment to change.
  await bench.page.waitForFunction(() => {
    const slot = document.querySelector('.slot.committed');
    return slot && getComputedStyle(slot).backgroundColor === 'rgba(0, 0, 0, 0)';
  });
  await slot.hover();
  assert.match((await bench.page.locator('#popover').textContent()) ?? '', /, committed$/);
  await bench.page.uncheck('#commit');
  await bench.page.getByRole('button', { name: 'Regenerate with the same seed' }).click();
  await bench.ended('#chat');
  assert.equal(await bench.page.locator('.slot.committed').count(), 0);
  assert.ok((await bench.page.locator('.slot.settled').count()) > 0);
});

test('the popover tells what the server sent', kScripted, async () => {
  await bench.open();
  await bench.chat(kPrompt);
  await bench.scrub(1);
  const open = bench.page.locator('.slot.open').first();
  const p = await open.evaluate((slot) => slot.style.getPropertyValue('--p'));
  await open.hover();
  const bars = bench.page.locator('#popover .bars li');
  assert.equal(await bars.first().locator('.token').textContent(), await open.textContent());
  assert.equal(
    await bars.first().locator('.number').textContent(),
    `${(Number(p) * 100).toFixed(1)} %`,
  );
  assert.match((await bench.page.locator('#popover').textContent()) ?? '', /still open/);
});

test('the keyboard goes through the slots; Escape closes the popover', async () => {
  await bench.open();
  await bench.chat(kPrompt);
  const slots = bench.page.locator('.slot');
  assert.equal(await bench.page.locator('.slot[tabindex="0"]').count(), 1);
  await slots.first().focus();
  await bench.page.keyboard.press('End');
  assert.ok(await slots.last().evaluate((slot) => slot === document.activeElement));
  await bench.page.keyboard.press('Home');
  await bench.page.keyboard.press('ArrowRight');
  const second = (await slots.count()) > 1 ? slots.nth(1) : slots.first();
  assert.ok(await second.evaluate((slot) => slot === document.activeElement));
  assert.equal(await second.getAttribute('aria-describedby'), 'popover');
  assert.ok(await bench.page.locator('#popover').isVisible());
  await bench.page.keyboard.press('Escape');
  assert.ok(await bench.page.locator('#popover').isHidden());
});

test('a click on a slot shows the popover, one elsewhere closes it', async () => {
  await bench.open();
  await bench.chat(kPrompt);
  await bench.page.locator('.slot:not(.unused)').first().click();
  assert.ok(await bench.page.locator('#popover').isVisible());
  await bench.page.mouse.click(400, 5);
  assert.ok(await bench.page.locator('#popover').isHidden());
});

test('the slider replays any step, with the keyboard too', async () => {
  await bench.open();
  await bench.chat(kPrompt);
  const range = bench.page.locator('.replay input');
  const last = Number(await range.getAttribute('max'));
  const end = await bench.canvas().textContent();
  assert.equal(await range.inputValue(), String(last));
  await bench.scrub(1);
  assert.equal(await bench.page.locator('.replay .step').textContent(), `step 1 of ${last}`);
  await range.press('ArrowRight');
  assert.equal(await range.getAttribute('aria-valuetext'), `step 2 of ${last}`);
  await range.press('End');
  await bench.scrub(last);
  assert.equal(await bench.canvas().textContent(), end);
});

test('an earlier step shows another canvas', kScripted, async () => {
  await bench.open();
  await bench.chat(kPrompt);
  const end = await bench.canvas().textContent();
  await bench.scrub(1);
  assert.notEqual(await bench.canvas().textContent(), end);
});

test('a slider that was moved back while steps come stays there', kScripted, async () => {
  await bench.open();
  await bench.send('slow');
  await bench.stepped(5);
  await bench.scrub(2);
  await bench.ended('#chat');
  assert.equal(await bench.page.locator('.replay input').inputValue(), '2');
  assert.match((await bench.page.locator('#announcer').textContent()) ?? '', /\.$/);
});

test('the play button goes from the first step to the last', async () => {
  await bench.open();
  await bench.chat(kPrompt);
  const range = bench.page.locator('.replay input');
  await bench.page.locator('.play').click();
  await bench.page.getByRole('button', { name: 'Pause' }).waitFor();
  assert.ok(Number(await range.inputValue()) < Number(await range.getAttribute('max')));
  await bench.page.getByRole('button', { name: 'Play the steps' }).waitFor();
  assert.equal(await range.inputValue(), await range.getAttribute('max'));
});

test('the same seed gives the same answer; a new one is drawn', async () => {
  await bench.open();
  await bench.chat(kPrompt);
  const [seed, text] = [await bench.seed(), await bench.canvas().textContent()];
  await bench.page.getByRole('button', { name: 'Regenerate with the same seed' }).click();
  await bench.ended('#chat');
  assert.equal(await bench.seed(), seed);
  assert.equal(await bench.canvas().textContent(), text);
  await bench.page.getByRole('button', { name: 'Regenerate with a new seed' }).click();
  await bench.ended('#chat');
  assert.notEqual(await bench.seed(), seed);
  assert.equal(await bench.page.locator('.turn').count(), 1);
});

test('what was said before is sent along; a new chat forgets it', kScripted, async () => {
  await bench.open();
  await bench.chat(kPrompt);
  const answer = (await bench.canvas().textContent())?.trim();
  await bench.chat('And then?');
  const messages = bench.asked.body.messages;
  assert.deepEqual(
    messages.map((/** @type {any} */ { role }) => role),
    ['user', 'assistant', 'user'],
  );
  assert.equal(messages[1].content.trim(), answer);
  assert.ok(await bench.page.locator('.turn .same').first().isHidden());
  await bench.page.getByRole('button', { name: 'New chat' }).click();
  await bench.chat('Hello');
  assert.equal(bench.asked.body.messages.length, 1);
});

test('Stop ends the request and keeps what was shown', kScripted, async () => {
  await bench.open();
  await bench.send('slow');
  await bench.stepped(3);
  await bench.page.getByRole('button', { name: 'Stop' }).click();
  await bench.ended('#chat');
  assert.match(await bench.summary(), /^stopped · \d+ steps · .*seed \d+$/);
  assert.ok((await bench.canvas().textContent())?.trim());
  assert.ok(await bench.page.getByRole('button', { name: 'Send' }).isVisible());
  while (bench.mock.cancelled === 0) await bench.page.waitForTimeout(20);
});

test('Shift+Enter breaks the line, Enter sends', kScripted, async () => {
  await bench.open();
  await bench.page.locator('#message').pressSequentially('one');
  await bench.page.keyboard.press('Shift+Enter');
  await bench.page.locator('#message').pressSequentially('two');
  await bench.page.keyboard.press('Enter');
  await bench.ended('#chat');
  assert.equal(bench.asked.body.messages[0].content, 'one\ntwo');
});

test('markup in an answer stays text', kScripted, async () => {
  await bench.open();
  await bench.chat('markup');
  const text = (await bench.canvas().textContent()) ?? '';
  assert.equal(text, '<img src=x onerror=document.title="bad"> & <b>bold');
  assert.equal(await bench.page.locator('.answer img, .answer b').count(), 0);
  assert.equal(await bench.page.title(), 'tess2');
});

test('Copy puts the answer on the clipboard', async () => {
  await bench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await bench.open();
  await bench.chat(kPrompt);
  await bench.page.getByRole('button', { name: 'Copy', exact: true }).click();
  await bench.page.getByRole('button', { name: 'Copied' }).waitFor();
  const copied = await bench.page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied, await bench.page.locator('.answer .text').textContent());
  assert.ok(copied.length > 0);
});
