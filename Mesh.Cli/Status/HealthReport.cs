using System.Text.Json;

namespace Mesh.Cli.Status;

/// <summary>What a host says at <c>/health/ready</c>: <c>{"status":"Degraded","checks":[{"name","status","description"}]}</c>.</summary>
internal static class HealthReport
{
    private const string Healthy = "Healthy", Degraded = "Degraded";

    /// <summary>
    /// Reads a report; <c>IsDegraded</c> where it is ready in part, and in <c>Detail</c> each check that is not healthy. Another program's
    /// answer says neither.
    /// </summary>
    public static (bool IsDegraded, string Detail) Read(byte[] body)
    {
        try
        {
            using var report = JsonDocument.Parse(body);
            if (report.RootElement.ValueKind != JsonValueKind.Object || !report.RootElement.TryGetProperty("checks", out var checks)
                || checks.ValueKind != JsonValueKind.Array)
                return (false, "");
            var faults = checks.EnumerateArray().Where(check => Text(check, "status") != Healthy).Select(check =>
                Text(check, "description") is { Length: > 0 } description ? $"{Text(check, "name")}: {description}" : Text(check, "name"));
            return (Text(report.RootElement, "status") == Degraded, string.Join("; ", faults));
        }
        catch (JsonException)
        {
            return (false, "");
        }
    }

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";
}
