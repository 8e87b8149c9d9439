using System.Numerics;
using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Http;

namespace Mesh.Api.Rest;

/// <summary>
/// Reads the parameters that a request's operation declares (Flow step 1), and notes all faults. What is declared and what is read cannot
/// differ: either way it is an error that the first request shows.
/// </summary>
public sealed class RequestParameters
{
    private readonly HttpContext _context;
    private readonly Operation _operation;
    private readonly QueryFields _query;
    private readonly Faults _faults;
    private uint _unread;

    private RequestParameters(HttpContext context, Faults faults)
    {
        (_context, _faults) = (context, faults);
        _operation = Operation.Of(context);
        _query = new QueryFields(context.Request.Query, faults);
        for (var i = 0; i < _operation.Accepted.Count; i++)
        {
            if (_operation.Accepted[i].Place != ParameterPlace.Header) _unread |= 1u << i;
        }
    }

    /// <summary>Those of a request to an operation.</summary>
    public static RequestParameters Of(HttpContext context, Faults faults) => new(context, faults);

    /// <summary>The value of a parameter; faults are noted.</summary>
    /// <exception cref="InvalidOperationException">The operation does not declare it.</exception>
    public T Read<T>(Parameter<T> parameter)
    {
        for (var i = 0; i < _operation.Accepted.Count; i++)
        {
            if (!ReferenceEquals(_operation.Accepted[i], parameter)) continue;
            _unread &= ~(1u << i);
            return parameter.Read(_context, _query, _faults);
        }

        throw new InvalidOperationException($"{_operation.Id} reads '{parameter.Name}' and does not declare it.");
    }

    /// <summary>Notes every query parameter that the operation does not declare.</summary>
    /// <exception cref="InvalidOperationException">The operation declares one that has not been read.</exception>
    public void End()
    {
        if (_unread != 0)
            throw new InvalidOperationException(
                $"{_operation.Id} declares '{_operation.Accepted[BitOperations.TrailingZeroCount(_unread)].Name}' and does not read it.");
        _query.End();
    }
}
