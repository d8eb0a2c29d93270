import { abonnementCommands } from './abonnement.js'
import { addressBookCommands } from './address-book.js'
import { auditCheckpointCommand } from './audit-checkpoint.js'
import { auditExportCommand } from './audit-export.js'
import { auditRetainCommand } from './audit-retain.js'
import { auditVerifyCommand } from './audit-verify.js'
import type { Command } from './command.js'
import { completionCommand } from './completion.js'
import { consentCommands } from './consent.js'
import { credentialCommands } from './credential.js'
import { searchCommand } from './find.js'
import { discoveryCommands } from './discovery.js'
import { doctorCommand, type DoctorDeps } from './doctor.js'
import { healthCommand } from './health.js'
import { initCommand, type InitDeps } from './init.js'
import { keyCommands } from './key.js'
import type { FindConfiguration } from './node-client.js'
import { notificationInboxCommands } from './notification-inbox.js'
import { notificationOutboxCommands } from './notification-outbox.js'
import { meldingCommands } from './melding.js'
import { overviewCommands } from './overview.js'
import { policyCommands } from './policy.js'
import { processCommands, type ProcessDeps } from './process-commands.js'
import { registerCommands } from './register.js'
import { signInCommands } from './sign-in.js'
import { withSignInOptions } from './sign-in-options.js'
import { storageBackupCommand } from './storage-backup.js'
import { storageConfirmCommand } from './storage-confirm.js'
import { storageCopyCommand } from './storage-copy.js'
import { storageRestoreCommand } from './storage-restore.js'
import type { OpenStoreAt } from './store-options.js'
import { subjectCommands } from './subject.js'
import { tokenCommands } from './token.js'

/** What commands need of the process. */
export interface CommandDeps extends ProcessDeps, InitDeps, DoctorDeps {
  readonly findConfiguration: FindConfiguration
  readonly openStoreAt: OpenStoreAt
  readonly version: string
}

/** Every command, in the order of the help text. */
export function createCommands(deps: CommandDeps): readonly Command[] {
  const commands: readonly Command[] = [
    initCommand(deps),
    ...processCommands(deps),
    healthCommand(deps),
    doctorCommand(deps),
    searchCommand(deps),
    ...discoveryCommands(deps),
    ...credentialCommands(deps),
    ...tokenCommands(deps),
    ...subjectCommands(deps),
    ...keyCommands(deps),
    ...signInCommands(deps),
    ...addressBookCommands(deps),
    ...abonnementCommands(deps),
    ...registerCommands(deps),
    ...notificationOutboxCommands(deps),
    ...notificationInboxCommands(deps),
    ...policyCommands(deps),
    ...consentCommands(deps),
    ...overviewCommands(deps),
    ...meldingCommands(deps),
    storageBackupCommand(deps),
    storageRestoreCommand(deps),
    storageConfirmCommand(deps),
    storageCopyCommand(deps),
    auditVerifyCommand(deps),
    auditExportCommand(deps),
    auditCheckpointCommand(deps),
    auditRetainCommand(deps),
    completionCommand(() => commands),
  ].map(withSignInOptions)
  return commands
}
