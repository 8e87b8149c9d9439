using System.Globalization;
using Mesh.Kernel.Values;

namespace Mesh.Traffic.Rules;

/// <summary>On what a request is sent again: names as Envoy and gRPC know them, and single statuses.</summary>
internal static class RetryConditionNames
{
    /// <summary>What is meant if nothing is set: only what shows that the request was not worked on.</summary>
    public static IReadOnlyList<string> Default { get; } = ["connect-failure", "refused-stream", "unavailable"];

    private const uint LoopDetected = 508;

    private static readonly string[] Http = ["5xx", "gateway-error", "connect-failure", "refused-stream", "reset", "reset-before-request",
        "retriable-4xx"];
    private static readonly string[] Grpc = ["cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"];
    private static readonly string[] All = [.. Http, .. Grpc];

    /// <summary>The conditions in one order, each once; null where unset or none.</summary>
    public static IReadOnlyList<string>? Read(JsonFields retry, Faults faults)
    {
        if (retry.TextList("on", 32) is not { Count: > 0 } texts) return null;
        foreach (var (text, path) in texts)
        {
            if (Status(text) == LoopDetected)
                faults.Add(path, "unknown-value",
                    "508 says that a request is in a loop: a retry would be in it again, so gateways and sidecars never retry it. Leave "
                        + "it out.");
            else if (!All.Contains(text) && Status(text) is null)
                faults.Add(path, "unknown-value",
                    $"'{Checks.Shortened(text)}' is not a condition; use {string.Join(", ", All)}, or a status from 400 to 599.");
        }

        return [
            .. texts.Select(one => one.Text).Distinct()
                .OrderBy(text => Array.IndexOf(All, text) is var index && index < 0 ? All.Length : index)
                .ThenBy(text => text, StringComparer.Ordinal)];
    }

    /// <summary>Whether gRPC's own clients know the condition.</summary>
    public static bool IsGrpc(string condition) => Grpc.Contains(condition);

    /// <summary>The status that a condition names; null for another.</summary>
    public static uint? Status(string condition) =>
        condition.Length == 3 && uint.TryParse(condition, NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            && status is >= 400 and <= 599 ? status : null;
}
