/**
 * The sandbox's answer to a prompt: a list of pieces, one token each, in the order they stream.
 *
 * The same prompt always gets the same pieces. Every text says that no model wrote it. A piece is
 * one delta of a stream, so the output tokens of an answer are the number of its pieces (text,
 * reasoning and tool-call arguments alike) times the number of choices.
 */
import type { Directive, UsageFault } from './directive.ts';
import { endsWithToolResult, inputTokens, lastUserText } from './prompt.ts';
import type { Prompt, Tool } from './prompt.ts';
import { sampleOf } from './sample.ts';

const ECHO_CHARACTERS = 240;
const ARGUMENT_CHARACTERS = 6;
/** Tokens that a lie claims: far beyond any answer, and still a number that could be one. */
const INFLATED = 1_000_000_000;

/** Stands where `huge` wants its filling; the writer knows how long that must be. */
export const HUGE_MARK = '<sandbox-huge>';

export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'reasoning'; text: string }
  | { kind: 'call'; text: string; index: number; name: string; opens: boolean };

export interface Usage {
  input: number;
  output: number;
  total: number;
  reasoning: number;
}

export interface Answer {
  /** Unique within one sandbox. */
  id: string;
  createdSeconds: number;
  model: string;
  pieces: readonly Piece[];
  finish: 'stop' | 'length' | 'tool_calls';
  /** The stop sequence that ended the text, if one did. */
  stoppedBy: string | null;
  choices: number;
  /** What the answer says it used: null and absent are faults that were asked for. */
  usage: Usage | null | undefined;
  /** Whether a stream is to end with its usage, and whether every event is to carry it. */
  includeUsage: boolean;
  usageInEvery: boolean;
}

export interface Call {
  index: number;
  name: string;
  arguments: string;
}

export function compose(prompt: Prompt, directive: Directive, id: string): Answer {
  const calls = callsFor(prompt, directive);
  const body = calls.length > 0 ? callPieces(calls, directive) : textPieces(prompt, directive);
  const whole = [...reasoningPieces(directive), ...body];

  const cap = directive.ignorecap ? undefined : prompt.cap;
  const capped = cap === undefined ? whole : whole.slice(0, cap);
  const { pieces, stoppedBy } = stopAt(capped, prompt.stops);
  const ranOut = capped.length < whole.length && stoppedBy === null;

  return {
    id,
    createdSeconds: Math.floor(Date.now() / 1000),
    model: prompt.model,
    pieces,
    finish: ranOut ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop',
    stoppedBy,
    choices: prompt.choices,
    usage: reported(trueUsage(prompt, pieces), directive.usage),
    includeUsage: prompt.includeUsage && directive.usage !== 'none',
    usageInEvery: directive.usage === 'every',
  };
}

/** The joined text of one kind of piece. */
export function joined(answer: Answer, kind: 'text' | 'reasoning'): string {
  return answer.pieces
    .filter((piece) => piece.kind === kind)
    .map((piece) => piece.text)
    .join('');
}

/** The tool calls of an answer, each with its arguments put together. */
export function callsOf(answer: Answer): Call[] {
  const calls: Call[] = [];
  for (const piece of answer.pieces) {
    if (piece.kind !== 'call') continue;
    const call = (calls[piece.index] ??= { index: piece.index, name: piece.name, arguments: '' });
    call.arguments += piece.text;
  }
  return calls;
}

/** The usage a stream reports after `sent` of its pieces. */
export function usageSoFar(answer: Answer, sent: number): Usage | null | undefined {
  if (!answer.usage) return answer.usage;
  return { ...answer.usage, output: sent, total: answer.usage.input + sent };
}

function trueUsage(prompt: Prompt, pieces: readonly Piece[]): Usage {
  const input = inputTokens(prompt);
  const output = pieces.length * prompt.choices;
  const reasoning = pieces.filter(({ kind }) => kind === 'reasoning').length * prompt.choices;
  return { input, output, total: input + output, reasoning };
}

function reported(usage: Usage, fault: UsageFault | undefined): Usage | null | undefined {
  switch (fault) {
    case 'none':
      return undefined;
    case 'null':
      return null;
    case 'zero':
      return { input: 0, output: 0, total: 0, reasoning: 0 };
    case 'wrong':
      return { ...usage, input: usage.input + 7, output: usage.output * 2 + 1 };
    case 'inflated':
      return { ...usage, input: INFLATED, output: INFLATED, total: 2 * INFLATED };
    case 'absurd':
      return { input: -1, output: Number.MAX_SAFE_INTEGER, total: 1e308, reasoning: 0 };
    default:
      return usage;
  }
}

/** Which tools to call: the one the directive names, the forced one, or those the user names. */
function callsFor(prompt: Prompt, directive: Directive): Tool[] {
  const { tools, toolChoice } = prompt;
  const named = (name: string): Tool =>
    tools.find((tool) => tool.name === name) ?? { name, schema: undefined };

  if (directive.tool !== undefined) return [named(directive.tool)];
  if (tools.length === 0 || toolChoice === 'none') return [];
  if (typeof toolChoice === 'object') return [named(toolChoice.name)];

  const text = lastUserText(prompt).toLowerCase();
  const mentioned = endsWithToolResult(prompt)
    ? []
    : tools.filter(({ name }) => text.includes(name.toLowerCase()));
  const calls = mentioned.length > 0 || toolChoice === 'auto' ? mentioned : tools.slice(0, 1);
  return prompt.parallelCalls ? calls : calls.slice(0, 1);
}

function callPieces(tools: readonly Tool[], directive: Directive): Piece[] {
  return tools.flatMap((tool, index) => {
    const text = JSON.stringify(tool.schema ? sampleOf(tool.schema) : { sandbox: true });
    const count = directive.tokens ?? Math.ceil(text.length / ARGUMENT_CHARACTERS);
    return inPieces(text, count).map((part, at): Piece => {
      return { kind: 'call', text: part, index, name: tool.name, opens: at === 0 };
    });
  });
}

function reasoningPieces(directive: Directive): Piece[] {
  if (directive.reasoning === undefined) return [];
  const words = ['The', ' sandbox', ' does', ' not', ' think.', ' It', ' only', ' pretends.'];
  return take(words, directive.reasoning).map((text) => ({ kind: 'reasoning', text }));
}

function textPieces(prompt: Prompt, directive: Directive): Piece[] {
  const deltas = prompt.json ? jsonDeltas(prompt, directive) : wordDeltas(prompt, directive);
  if (directive.huge !== undefined) deltas.splice(0, 1, HUGE_MARK);
  return deltas.map((text) => ({ kind: 'text', text }));
}

function jsonDeltas(prompt: Prompt, directive: Directive): string[] {
  const schema = prompt.json?.schema;
  const value = schema
    ? sampleOf(schema)
    : { sandbox: true, note: 'This is the Neureus sandbox, not a model.', echo: echo(prompt) };
  const text = JSON.stringify(value);
  return inPieces(text, directive.tokens ?? Math.ceil(text.length / ARGUMENT_CHARACTERS));
}

function wordDeltas(prompt: Prompt, directive: Directive): string[] {
  const said = echo(prompt);
  const text = directive.unicode
    ? `Neureus sandbox — これはモデルではありません 🙂 𝄞 “Это не модель” 👩‍🚀 नमस्ते «${said}» ✅ 再见 🇪🇺`
    : `This is the Neureus sandbox, not a model. You said: «${said}». ` +
      'The answer is the same every time, and one word is one token.';
  const words = text.match(/\s*\S+/gu) ?? [];
  const filling = directive.unicode
    ? [' さらに', ' 言葉', ' é', ' 🚀', ' ещё', ' 👨‍👩‍👧‍👦']
    : [' and', ' so', ' on,', ' still', ' the', ' sandbox,'];
  const count = directive.tokens ?? words.length;
  const deltas = [...words.slice(0, count), ...take(filling, count - words.length)];
  const { size } = directive;
  return size === undefined ? deltas : sized(deltas, size);
}

function echo(prompt: Prompt): string {
  const characters = [...lastUserText(prompt)];
  if (characters.length === 0) return '(no text)';
  if (characters.length <= ECHO_CHARACTERS) return characters.join('');
  return `${characters.slice(0, ECHO_CHARACTERS).join('')}…`;
}

/** Each delta repeated or clipped to exactly `size` bytes, never inside a character. */
function sized(deltas: readonly string[], size: number): string[] {
  const known = new Map<string, string>();
  return deltas.map((delta) => {
    const found = known.get(delta);
    if (found !== undefined) return found;
    const source = [...delta];
    let text = '';
    for (let at = 0, room = size; ; at += 1) {
      const character = source[at % source.length] ?? '.';
      room -= Buffer.byteLength(character);
      if (room < 0) break;
      text += character;
    }
    text += '.'.repeat(size - Buffer.byteLength(text));
    known.set(delta, text);
    return text;
  });
}

/** JSON text cut into exactly `count` non-empty pieces; blanks are added if it is too short. */
function inPieces(text: string, count: number): string[] {
  const characters = [...text];
  while (characters.length < count) characters.push(' ');
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * characters.length) / count);
    const to = Math.floor(((index + 1) * characters.length) / count);
    return characters.slice(from, to).join('');
  });
}

function take(words: readonly string[], count: number): string[] {
  return Array.from(
    { length: Math.max(count, 0) },
    (_, index) => words[index % words.length] ?? '',
  );
}

/** The pieces up to the first stop sequence in their text. */
function stopAt(
  pieces: readonly Piece[],
  stops: readonly string[],
): { pieces: readonly Piece[]; stoppedBy: string | null } {
  const text = pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('');
  const found = stops
    .map((stop) => ({ stop, at: stop === '' ? -1 : text.indexOf(stop) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)[0];
  if (found === undefined) return { pieces, stoppedBy: null };

  const kept: Piece[] = [];
  let room = found.at;
  for (const piece of pieces) {
    if (piece.kind !== 'text') kept.push(piece);
    else if (room > 0) {
      kept.push({ ...piece, text: piece.text.slice(0, room) });
      room -= piece.text.length;
    }
  }
  return { pieces: kept, stoppedBy: found.stop };
}
