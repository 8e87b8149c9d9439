using Mesh.Kernel.Commands;
using Microsoft.AspNetCore.Http;

namespace Mesh.Api.Rest;

/// <summary>A refusal as the result of an endpoint that returns one.</summary>
public sealed class RefusalResult(Refusal refusal) : IResult
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext) => httpContext.WriteProblemAsync(refusal);
}
