import { parseArgs } from 'node:util'

/** What `bronnet` can do on the command line. */
export const usage = `Usage: bronnet <command> [options]

Commands
  start           start the node
  check-config    check the configuration and say what is allowed or forced; does not start
  help            this text
  version         the version

Options
  --config FILE   YAML file with settings; the variable BRONNET_CONFIG wins over it

Every setting can also be given as an environment variable, for example
BRONNET_HTTP_PUBLIC_PORT for http.public.port.`

export type Command =
  | { readonly name: 'start'; readonly configFile: string | undefined }
  | { readonly name: 'check'; readonly configFile: string | undefined }
  | { readonly name: 'help' }
  | { readonly name: 'version' }
  | { readonly name: 'mistake'; readonly fault: string }

/** Reads the words behind `bronnet`. Total: what it does not know is a `mistake` that says what. */
export function parseArguments(words: readonly string[]): Command {
  let parsed
  try {
    parsed = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } },
    })
  } catch (cause) {
    return { name: 'mistake', fault: (cause as Error).message.split('\n')[0] ?? 'the options are not understood' }
  }
  const [command, ...more] = parsed.positionals
  if (parsed.values.help === true || command === 'help') return { name: 'help' }
  if (parsed.values.version === true || command === 'version') return { name: 'version' }
  if (command === undefined) return { name: 'mistake', fault: 'give a command' }
  if (parsed.values.config === '') return { name: 'mistake', fault: 'name a file behind --config' }
  if (more.length > 0) return { name: 'mistake', fault: `one command at a time: ${more.join(' ')} is too much` }
  if (command === 'start') return { name: 'start', configFile: parsed.values.config }
  if (command === 'check-config') return { name: 'check', configFile: parsed.values.config }
  return { name: 'mistake', fault: `there is no command ${command}` }
}
