import { pino } from 'pino'

/**
 * What an operational log line may hold. A closed list, so that no token, credential, person or request body can slip
 * in. This is not the audit journal.
 */
export interface LogFields {
  readonly requestId?: string
  readonly traceId?: string
  readonly spanId?: string
  readonly parentSpanId?: string
  readonly listener?: string
  readonly method?: string
  /** The route pattern, never the requested path: paths hold identifiers. */
  readonly route?: string
  readonly status?: number
  readonly milliseconds?: number
  readonly code?: string
  /** A technical explanation from `NodeError.detail`: no personal data by contract. */
  readonly detail?: string
  readonly stack?: string
  readonly address?: string
  readonly port?: number
  readonly party?: string
  readonly peer?: string
  readonly service?: string
  readonly job?: string
  readonly count?: number
  readonly version?: string
}

/** The operational log. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** Writes out what is buffered. */
  flush(): void
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** JSON lines on `destination`, standard output unless given. */
export function createLog(options: {
  readonly level: LogLevel
  readonly node?: string
  readonly destination?: { write(line: string): void }
}): Log {
  const base = options.node === undefined ? {} : { node: options.node }
  const settings = { level: options.level, base, timestamp: pino.stdTimeFunctions.isoTime }
  const logger = options.destination === undefined ? pino(settings) : pino(settings, options.destination)
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    flush: () => logger.flush(),
  }
}

/** Says nothing: tests and tools. */
export const silentLog: Log = createLog({ level: 'silent' })
