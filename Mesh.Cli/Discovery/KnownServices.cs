using System.CommandLine;
using System.Text.Json;
using Mesh.Cli.Completion;
using Mesh.Cli.Contexts;
using Mesh.Cli.Http;
using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Discovery;

/// <summary>Names of registered services, for shell completion.</summary>
internal static class KnownServices
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(700);

    /// <summary>What the registry lists of a namespace; nothing when it does not answer at once, since a shell that completes wants no error text.</summary>
    public static IEnumerable<string> Names(GlobalOptions globals, Option<string?> @namespace, ParseResult parsed)
    {
        try
        {
            var location = MeshLocation.Find(parsed.GetValue(globals.Registry), parsed.GetValue(globals.ControlPlane), parsed.GetValue(globals.Context));
            using var http = new HttpClient { Timeout = Patience };
            using var response = http.Send(new HttpRequestMessage(HttpMethod.Get, Query.At(location.Registry, "/api/discovery/services", ("namespace", parsed.GetValue(@namespace) ?? "default"))));
            using var body = response.Content.ReadAsStream();
            return PlainNames.In(JsonSerializer.Deserialize(body, RestJson.Default.ServiceListAnswer)?.Items.Select(service => service.Name) ?? []);
        }
        // InvalidOperationException: an option on the line has no value yet.
        catch (Exception unanswered) when (unanswered is HttpRequestException or OperationCanceledException or JsonException or IOException or CliFailure or InvalidOperationException)
        {
            return [];
        }
    }
}
