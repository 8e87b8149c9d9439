using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;
using Mesh.Api.Rest;
using Mesh.Kernel.Values;
using Mesh.Security.Operations;

namespace Mesh.Security.Rpc;

/// <summary>Answers of REST as messages.</summary>
internal static class SecurityMessages
{
    /// <summary>The answer as a message.</summary>
    /// <exception cref="Grpc.Core.RpcException">It is a refusal.</exception>
    public static async Task<TMessage> ToMessageAsync<TMessage, TAnswer>(this Task<Answered<TAnswer>> operation, JsonTypeInfo<TAnswer> type)
        where TMessage : IMessage<TMessage>, new()
        where TAnswer : class
    {
        var (value, refusal) = await operation.ConfigureAwait(false);
        return refusal is null ? AnswerMessages.Fill(new TMessage(), value!, type) : throw refusal.ToRpcException();
    }
}
