/**
 * The operator API, for command-line tools: which gateway, with which token, and one call of it.
 */
import { build } from '../build.ts';
import { setup } from '../setup.ts';
import { localVariables } from '../start.ts';
import { answers, launch, migrate, port, requirePort, running } from './gateway.ts';
import { Failure, onExit } from './process.ts';
import { readSecrets } from './secrets.ts';

export type Target = { url: string; token: string };

/** The origin of a URL that the operator token may travel to. */
function address(flag: string, value: string): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw new Failure(`${flag} is a URL such as https://app.neureus.ai, not "${value}".`, 2);
  }
  const url = new URL(value);
  if (url.protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) {
    throw new Failure(`${flag} must be https: the operator token would travel in the clear.`, 2);
  }
  return url.origin;
}

/**
 * The gateway to talk to, and its operator token: a deployment, or the one that runs here. Starts one for
 * the moment if none does; command-line tools never touch its state behind its back.
 */
export async function target(remote: string | undefined): Promise<Target> {
  const fromEnvironment = process.env['OPERATOR_TOKEN'];
  if (remote !== undefined) {
    const url = address('--remote', remote);
    if (!fromEnvironment)
      throw new Failure("--remote needs the deployment's OPERATOR_TOKEN in the environment.", 2);
    return { url, token: fromEnvironment };
  }
  const named = process.env['NEUREUS_URL'];
  const number = port();
  const url = named
    ? address('NEUREUS_URL', named)
    : ((await running()) ?? `http://127.0.0.1:${number}`);
  if (!(await answers(url))) {
    if (named) throw new Failure(`no gateway answers at ${url} (NEUREUS_URL).`);
    await requirePort(number);
    console.error('No gateway is running: starting one for a moment.');
    await build('dev', await setup());
    await migrate();
    const { variables } = await localVariables(false);
    const gateway = await launch(number, variables);
    onExit(gateway.stop);
  }
  const token = fromEnvironment ?? readSecrets()['OPERATOR_TOKEN'];
  if (!token)
    throw new Failure('there is no OPERATOR_TOKEN, neither in the environment nor in .dev.vars.');
  return { url, token };
}
