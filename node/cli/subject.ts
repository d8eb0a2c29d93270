import { z } from 'zod'
import { configOption, jsonOption, nodeOption, type Command, type Given, type Terminal } from './command.js'
import { exitStatus } from './exit-status.js'
import { findNode, type CallNode, type FindConfiguration } from './node-client.js'
import { formatTable } from './table.js'

const subjectsPath = '/internal/vdr/v2/subject'
const subjectsSchema = z.record(z.string(), z.array(z.string()))
const documentSchema = z.looseObject({ id: z.string() })
const madeSchema = z.object({ subject: z.string(), documents: z.array(documentSchema) })
const resolvedSchema = z.object({ document: documentSchema })

/** `bronnet subject …`: the organisations that a node speaks for. */
export function subjectCommands(deps: { readonly findConfiguration: FindConfiguration }): readonly Command[] {
  const command = (
    about: Pick<Command, 'name' | 'summary' | 'examples' | 'operands'>,
    run: (call: CallNode, name: string, given: Given, terminal: Terminal) => Promise<void>,
  ): Command => ({
    ...about,
    options: [configOption, nodeOption, jsonOption],
    async run(given, terminal) {
      await run(await findNode(given, deps.findConfiguration), given.operands[0] ?? '', given, terminal)
      return exitStatus.good
    },
  })
  const pathOf = (name: string): string => `${subjectsPath}/${encodeURIComponent(name)}`
  const say = (terminal: Terminal, given: Given, value: unknown, text: () => string): void =>
    terminal.say(given.has('json') ? JSON.stringify(value) : text())

  return [
    command(
      { name: 'subject list', summary: 'show the subjects that a node speaks for', examples: ['bronnet subject list'] },
      async (call, _name, given, terminal) => {
        const subjects = subjectsSchema.parse((await call({ method: 'GET', path: subjectsPath })).body)
        say(terminal, given, subjects, () => tableOf(Object.entries(subjects)))
      },
    ),
    command(
      {
        name: 'subject create',
        summary: 'make a subject with a DID and a key of its own',
        operands: ['NAME'],
        examples: ['bronnet subject create zorgkantoor-noord'],
      },
      async (call, subject, given, terminal) => {
        const made = madeSchema.parse((await call({ method: 'POST', path: subjectsPath, body: { subject } })).body)
        say(terminal, given, made, () => tableOf([[made.subject, made.documents.map(({ id }) => id)]]))
      },
    ),
    command(
      {
        name: 'subject show',
        summary: 'show the DID documents of a subject',
        operands: ['NAME'],
        examples: ['bronnet subject show ciz'],
      },
      async (call, name, given, terminal) => {
        const dids = z.array(z.string()).parse((await call({ method: 'GET', path: pathOf(name) })).body)
        const documents = await Promise.all(
          dids.map(async (did) => {
            const { body } = await call({ method: 'GET', path: `/internal/vdr/v2/did/${encodeURIComponent(did)}` })
            return resolvedSchema.parse(body).document
          }),
        )
        say(terminal, given, documents, () => documents.map((document) => JSON.stringify(document, null, 2)).join('\n'))
      },
    ),
    command(
      {
        name: 'subject deactivate',
        summary: 'end a subject for good: its document goes, its keys are destroyed',
        operands: ['NAME'],
        examples: ['bronnet subject deactivate oude-naam'],
      },
      async (call, name, given, terminal) => {
        await call({ method: 'DELETE', path: pathOf(name) })
        say(
          terminal,
          given,
          { deactivated: name },
          () => `deactivated ${name}; if the settings name it, take it out before the next start`,
        )
      },
    ),
  ]
}

function tableOf(subjects: readonly (readonly [string, readonly string[]])[]): string {
  return formatTable(
    ['SUBJECT', 'DID'],
    subjects.flatMap(([name, dids]) => dids.map((did) => [name, did])),
  )
}
