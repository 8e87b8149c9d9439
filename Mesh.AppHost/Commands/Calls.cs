using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mesh.AppHost.Commands;

/// <summary>How a command of the dashboard calls a host, and what it makes of the answer.</summary>
internal static class Calls
{
    public static HttpClient Http { get; } = new() { Timeout = TimeSpan.FromMinutes(2) };

    public static ResourceCommandState WhenHealthy(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.HealthStatus == HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    public static async Task<ExecuteCommandResult> ResultOf(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        if (!answer.IsSuccessStatusCode)
            return CommandResults.Failure(Reason(text), text, CommandResultFormat.Json);
        return text.Length == 0 ? CommandResults.Success() : CommandResults.Success("Done", text, CommandResultFormat.Json);
    }

    private static string Reason(string problem)
    {
        try
        {
            return JsonNode.Parse(problem) is JsonObject details && (details["detail"] ?? details["title"]) is { } reason
                ? $"{reason}"
                : "Refused";
        }
        catch (JsonException)
        {
            return "Refused";
        }
    }
}
