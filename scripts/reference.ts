import { exitStatus, exitStatusWords } from '../node/cli/exit-status.js'
import { usageOfCommand } from '../node/cli/usage.js'
import { publicErrors } from '../node/http/errors/table.js'
import { createMetrics } from '../node/http/metrics.js'
import { errorCodes } from '../node/kernel/errors.js'
import { loadEventTypes } from '../node/policy/event-types.js'
import type { EventType } from '../schemas/events.js'
import { auditCodes, type AuditCodeRow } from '../schemas/audit-codes.js'
import { internalRoles, internalRoleWords } from '../schemas/internal-listener.js'
import { areasOf, type InternalCall } from './callers.js'
import { commandTable } from './command-table.js'
import { configurationFields, type ConfigurationField } from '../schemas/configuration-fields.js'

/** The table of `docs/settings.md`. */
export function settingTable(): string {
  return toTable(
    ['setting', 'default', 'meaning', 'variable'],
    configurationFields.map(({ path, default: value, description, variable }: ConfigurationField) => [
      toCode(path),
      value === undefined || JSON.stringify(value).length <= 2 ? '' : toCode(value),
      description,
      variable === undefined ? '' : toCode(variable),
    ]),
  )
}

/** The help of every command. */
export function commandTexts(): string {
  return commandTable
    .map((command) => `### bronnet ${command.name}\n\n\`\`\`text\n${usageOfCommand(command)}\n\`\`\`\n`)
    .join('\n')
}

export function exitStatusTable(): string {
  return toTable(
    ['status', 'meaning'],
    Object.entries(exitStatus).map(([name, status]) => [
      String(status),
      exitStatusWords[name as keyof typeof exitStatus], // The keys of the one are those of the other.
    ]),
  )
}

export function errorTable(): string {
  return toTable(
    ['code', 'in the answer', 'status', 'words'],
    errorCodes.map((code) => {
      const { status, code: shown, words } = publicErrors[code]
      return [toCode(code), toCode(shown), String(status), words]
    }),
  )
}

/** What the journal accounts for. */
export function accountTable(): string {
  return toTable(
    ['event', 'kind', 'actions', 'meaning'],
    Object.entries<AuditCodeRow>(auditCodes).map(([code, { category, actions, title }]) => [
      toCode(code),
      category,
      actions.join(', '),
      title,
    ]),
  )
}

/** What notifications can be about. */
export function notificationTable(): string {
  return toTable(
    ['event type', 'also', 'kind', 'from', 'for', 'meaning', 'sent', 'ground'],
    loadEventTypes().all.map((type) => [
      toCode(type.eventType),
      type.aliases.map(toCode).join(', '),
      `${type.kind}, ${type.notificatieType}`,
      type.senderRoles.join(', '),
      type.receiverRole,
      type.omschrijving,
      sentWhen(type.source),
      `${type.grondslag.text} (${type.grondslag.status})`,
    ]),
  )
}

function sentWhen(source: EventType['source']): string {
  if ('derived' in source)
    return source.derived === 'application'
      ? 'when an application or administrator says so'
      : `by the node (${source.derived})`
  if ('timer' in source) return `${source.timer.days} days before ${source.timer.field} of a ${source.type}`
  return `${source.type} ${source.changes.join(', ')}`
}

/** From the text that the node itself serves. */
export async function metricTable(): Promise<string> {
  const text = await createMetrics({ version: '' }).text()
  const kinds = new Map(Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name = '', kind = '']) => [name, kind]))
  return toTable(
    ['metric', 'kind', 'meaning'],
    Array.from(text.matchAll(/^# HELP (\S+) (.*)$/gm), ([, name = '', help = '']) => [
      toCode(name),
      kinds.get(name) ?? '',
      help,
    ]),
  )
}

/** For whom each role is. */
export function roleTable(): string {
  return toTable(
    ['role', 'for'],
    internalRoles.map((role) => [toCode(role), internalRoleWords[role]]),
  )
}

/** Roles that may make some calls only. */
const narrowRoles = internalRoles.filter((role) => role !== 'administrator')

/** How much of each interface a role may call. */
export function areaTable(calls: readonly InternalCall[]): string {
  return toTable(
    ['calls below', ...narrowRoles.map(toCode)],
    areasOf(calls).map(({ area, calls: members }) => [
      toCode(area),
      ...narrowRoles.map((role) => {
        const { length } = members.filter(({ callers }) => callers.includes(role))
        if (length === 0) return ''
        return length === members.length ? 'all' : `${String(length)} of ${String(members.length)}`
      }),
    ]),
  )
}

/** Every call of the internal listener with who may make it. */
export function callTable(calls: readonly InternalCall[]): string {
  return toTable(
    ['call', 'what', 'for'],
    calls.map(({ method, path, summary, callers }) => [
      toCode(`${method} ${path}`),
      summary,
      callers === 'anybody'
        ? 'open'
        : narrowRoles.filter((role) => callers.includes(role)).join(', ') || 'administrator',
    ]),
  )
}

function toTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(headings), `|${headings.map(() => '---|').join('')}`, ...rows.map(line), ''].join('\n')
}

function toCode(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}
