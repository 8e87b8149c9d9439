using System.CommandLine;
using Mesh.Api.Client;
using Mesh.Api.Client.Errors;
using Mesh.Api.Client.Requests;
using Mesh.Cli.Completion;
using Mesh.Cli.Contexts;
using Mesh.Cli.Running;

namespace Mesh.Cli.Discovery;

/// <summary>Names of registered services, for shell completion.</summary>
internal static class KnownServices
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(700);

    /// <summary>
    /// What the registry lists of a namespace; nothing when it does not answer at once, since a shell that completes wants no error text.
    /// </summary>
    public static IEnumerable<string> Names(GlobalOptions globals, Option<string?> @namespace, ParseResult parsed)
    {
        try
        {
            var location = MeshLocation.Find(parsed.GetValue(globals.Registry), parsed.GetValue(globals.ControlPlane),
                parsed.GetValue(globals.Context));
            using var registry = new MeshApiClient(location.Registry, new MeshApiOptions { AttemptTimeout = Patience,
                Patience = TimeSpan.Zero });
            var query = new ServiceQuery { Namespace = parsed.GetValue(@namespace) ?? "default" };
            // The library asks for completions synchronously.
            var answer = registry.Discovery.ListAsync(query).GetAwaiter().GetResult();
            return PlainNames.In(answer.Value.Items.Select(service => service.Name));
        }
        // InvalidOperationException: an option on the line has no value yet.
        catch (Exception unanswered) when (unanswered is MeshApiException or CliFailure or InvalidOperationException)
        {
            return [];
        }
    }
}
