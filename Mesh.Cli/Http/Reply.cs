using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mesh.Cli.Running;

namespace Mesh.Cli.Http;

/// <summary>A 2xx answer, as it came.</summary>
internal sealed record Reply(Uri From, int Status, string? ETag, byte[] Body)
{
    /// <summary>The body in its shape.</summary>
    public T As<T>(JsonTypeInfo<T> shape)
    {
        try
        {
            return JsonSerializer.Deserialize(Body, shape) ?? throw new JsonException("The body is null.");
        }
        catch (JsonException other)
        {
            throw new CliFailure(ExitCode.Failed, $"{From} answered {Status} with something that this program does not expect: {other.Message} Is it a Cdaprod mesh of this version?");
        }
    }
}
