/** Answers as files. */
import { send } from './request.ts';

/** Saves an answer as a file: a plain link could not say which tenant is meant. */
export async function download(path: string, name: string): Promise<void> {
  const response = await send('GET', path);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
