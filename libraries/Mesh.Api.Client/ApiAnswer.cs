namespace Mesh.Api.Client;

/// <summary>What a call was answered, as an object and as it came.</summary>
/// <typeparam name="T">Its shape.</typeparam>
/// <param name="Value">The answer.</param>
/// <param name="Body">Its JSON, which a newer mesh may have put more into than <paramref name="Value"/> holds.</param>
/// <param name="ETag">Version of the resource in quotes, for <see cref="WriteOptions.IfMatch"/>; null where the answer has none.</param>
public sealed record ApiAnswer<T>(T Value, ReadOnlyMemory<byte> Body, string? ETag);
