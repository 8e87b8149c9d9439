using System.Text;
using System.Text.Json;
using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Http;

/// <summary>Turns an answer that is not a success into words: every fault with its field.</summary>
internal static class Refused
{
    private const int ShownOfUnknown = 400;

    public static CliFailure From(Uri uri, int status, byte[] body, bool mayPass)
    {
        if (Problem(body) is not { } problem)
        {
            var shown = Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, ShownOfUnknown)).Trim();
            return new CliFailure(ExitCode.Failed, $"{uri.GetLeftPart(UriPartial.Path)} answered {status}{(shown.Length > 0 ? ": " + shown : "")}") { MayPass = mayPass };
        }

        var faults = problem.Errors ?? [];
        // Where there are faults the detail only repeats them.
        var reason = (faults.Count > 0 ? problem.Title : problem.Detail) ?? problem.Title ?? problem.Detail ?? "no reason given";
        var text = new StringBuilder($"refused: {reason} ({status})");
        foreach (var fault in faults)
            text.Append('\n').Append("  ").Append(fault.Field.Length > 0 ? fault.Field + ": " : "").Append(fault.Message);
        return new CliFailure(ExitCode.Failed, text.ToString(), body) { MayPass = mayPass };
    }

    private static ProblemAnswer? Problem(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, RestJson.Default.ProblemAnswer);
        }
        catch (JsonException)
        {
            // No problem details: a proxy in between, or another program. The caller shows the text itself.
            return null;
        }
    }
}
