using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;

namespace Mesh.Kernel.Values;

/// <summary>A request without faults (Flow step 1): only of such a command is made.</summary>
/// <typeparam name="TAnswer">What the command answers.</typeparam>
/// <param name="Key">The service that it is about.</param>
/// <param name="Command">The command, under the request's condition.</param>
public sealed record ValidRequest<TAnswer>(ServiceKey Key, Func<Precondition?, ICommand<TAnswer>> Command) where TAnswer : class;

/// <summary>Makes them.</summary>
public static class ValidRequest
{
    /// <summary>
    /// The request; null where <paramref name="faults"/> has any, which <paramref name="key"/> is one of where it is null.
    /// </summary>
    public static ValidRequest<TAnswer>? Of<TAnswer>(
        ServiceKey? key, Faults faults, Func<ServiceKey, Precondition?, ICommand<TAnswer>> command)
        where TAnswer : class =>
        key is { } service && !faults.Any ? new(service, precondition => command(service, precondition)) : null;
}
