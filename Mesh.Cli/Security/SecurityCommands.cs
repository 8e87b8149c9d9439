using System.CommandLine;
using Mesh.Cli.Running;

namespace Mesh.Cli.Security;

/// <summary><c>cdaprod-mesh security …</c>.</summary>
internal static class SecurityCommands
{
    public static Command Create(GlobalOptions globals) =>
        new MeshCommand("security", "Mutual TLS, and identities of services: the certificate authority, join tokens, the deny list.")
    {
        MtlsCommands.Enable(globals),
        MtlsCommands.Disable(globals),
        new MeshCommand("mtls", "Mutual TLS modes: those of services, and the defaults of namespaces.")
        {
            MtlsListCommand.Create(globals),
            MtlsCommands.Remove(globals),
        },
        new MeshCommand("ca", "The certificate authority.")
        {
            AuthorityCommands.Status(globals),
            AuthorityCommands.Rotate(globals),
            AuthorityCommands.ExportBundle(globals),
            AuthorityCommands.Import(globals),
        },
        new MeshCommand("join-token", "Tokens by which a service gets its first certificate.")
        {
            JoinTokenCommands.Make(globals),
            JoinTokenCommands.List(globals),
            JoinTokenCommands.Revoke(globals),
        },
        new MeshCommand("revocation", "The deny list: what is not renewed.")
        {
            RevocationCommands.Add(globals),
            RevocationCommands.List(globals),
            RevocationCommands.Remove(globals),
        },
        CertificatesCommand.Create(globals),
        AgentCommand.Create(globals),
    };
}
