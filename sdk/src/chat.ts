/** What a chat takes and gives; docs/chat.md of the gateway has the limits of each field. */

/** A JSON schema. */
export type JsonSchema = Record<string, unknown>;

export interface TextPart {
  type: 'text';
  text: string;
}

export interface ImagePart {
  type: 'image_url';
  image_url: {
    /** `https:`, or `data:image/…`. */
    url: string;
    detail?: 'auto' | 'low' | 'high';
  };
}

export interface ToolCall {
  id: string;
  type: 'function';
  function: {
    name: string;
    /** The text of a JSON object, as the model wrote it. */
    arguments: string;
  };
}

export interface SystemMessage {
  role: 'system';
  content: string | TextPart[];
  name?: string;
}

export interface UserMessage {
  role: 'user';
  content: string | (TextPart | ImagePart)[];
  name?: string;
}

export interface AssistantMessage {
  role: 'assistant';
  /** May be left out, or null, where there are calls. */
  content?: string | TextPart[] | null;
  tool_calls?: ToolCall[];
  name?: string;
}

export interface ToolMessage {
  role: 'tool';
  content: string | TextPart[];
  /** Of the call that this answers. */
  tool_call_id: string;
  name?: string;
}

export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

export interface Tool {
  type: 'function';
  function: {
    name: string;
    description?: string;
    parameters?: JsonSchema;
    strict?: boolean;
  };
}

export type ToolChoice =
  'none' | 'auto' | 'required' | { type: 'function'; function: { name: string } };

export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema';
      json_schema: { name: string; description?: string; schema?: JsonSchema; strict?: boolean };
    };

export type Profile = 'general' | 'healthcare' | 'finance' | 'legal';

/** The models of the shipped catalog; a deployment may have others. */
export type Model =
  | 'meta-llm'
  | 'auto'
  | 'claude-opus-4-8'
  | 'claude-sonnet-4-6'
  | 'claude-haiku-4-5'
  | 'gpt-4o'
  | 'gpt-4o-mini'
  | 'meta/llama-3.3-70b'
  | 'meta/llama-3.1-8b'
  | 'deepseek/r1-32b'
  | 'qwen/coder-32b'
  | 'moonshot/kimi-k2'
  | (string & {});

export interface ChatPayload {
  messages: Message[];
  /** `meta-llm` by default. */
  model?: Model;
  /** 0 to 2. */
  temperature?: number;
  /** 0 to 1. */
  top_p?: number;
  /** Output cap. Without one it is what the model and the budgets allow. */
  maxTokens?: number;
  /** The same. */
  max_tokens?: number;
  /** Goes before the messages as a system message. */
  systemPrompt?: string;
  stop?: string | string[];
  tools?: Tool[];
  tool_choice?: ToolChoice;
  response_format?: ResponseFormat;
  /** Besides those of the tenant and the key; it can make things stricter only. */
  profile?: Profile;
  /** For a stream there is `client.ai.stream`. */
  stream?: false;
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

export interface ChatAnswer {
  /** What the model said; empty when it only calls tools. */
  text: string;
  /** The same. */
  content: string;
  choices: [
    {
      index: 0;
      message: { role: 'assistant'; content: string | null; tool_calls?: ToolCall[] };
      finish_reason: FinishReason;
    },
  ];
  toolCalls?: ToolCall[];
  /** What the model thought, where its backend tells. */
  reasoning?: string;
  logId: string;
  /** Id in the catalog. */
  model: string;
  inputTokens: number;
  outputTokens: number;
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  /** Whether this answer was given before, to the same `Idempotency-Key`. */
  cached: boolean;
  /** USD; not there for widget keys. */
  costUsd?: number;
  /** There when the backend did not count, and the gateway estimated. */
  usageEstimated?: true;
}

/** A piece of a call; pieces of one `index` belong together by concatenation. */
export interface ToolCallDelta {
  index: number;
  /** In the first piece of an index. */
  id?: string;
  type?: 'function';
  function: { name?: string; arguments?: string };
}

export interface ChatDelta {
  delta: { content?: string; reasoning?: string; toolCalls?: ToolCallDelta[] };
  done: false;
}

/** How a stream ended. */
export interface ChatUsage {
  logId: string;
  inputTokens: number;
  outputTokens: number;
  /** USD; not there for widget keys. */
  costUsd?: number;
  finishReason: FinishReason;
  /** There when the backend did not count, and the gateway estimated. */
  usageEstimated?: true;
}

export interface ChatDone extends ChatUsage {
  done: true;
}

/** An event of a stream. The one with `done: true` is the last. */
export type ChatEvent = ChatDelta | ChatDone;
