using Mesh.Api.Client;

namespace Mesh.Cli.Http;

/// <summary>What a write carries, from what was typed.</summary>
internal static class Revisions
{
    /// <summary>JSON shows a revision as a number; as an ETag it stands in quotes.</summary>
    public static WriteOptions WriteOptionsOf(string? key, string? revision) => new()
    {
        IdempotencyKey = key,
        IfMatch = revision is not null && revision.All(char.IsAsciiDigit) ? $"\"{revision}\"" : revision,
    };
}
